// What the command palette offers: parts of the page add theirs while they are on it.
const offers = new Map();

export const commands = {
  /** `list()` gives [{ text, keys?, run }] at the moment the palette opens. */
  offer(owner, list) {
    offers.set(owner, list);
  },
  withdraw(owner) {
    offers.delete(owner);
  },
  all() {
    return [...offers.values()].flatMap((list) => list());
  },
};
