// What the command palette offers: parts of the page add theirs while they are on it.
const offers = new Map();
// What concerns the customer at hand comes first.
const ORDER = ["conversation", "composer", "queue", "page", "bar"];

export const commands = {
  /** `list()` gives [{ text, keys?, run }] at the moment the palette opens. */
  offer(owner, list) {
    offers.set(owner, list);
  },
  withdraw(owner) {
    offers.delete(owner);
  },
  all() {
    return ORDER.filter((owner) => offers.has(owner)).flatMap((owner) => offers.get(owner)());
  },
};
