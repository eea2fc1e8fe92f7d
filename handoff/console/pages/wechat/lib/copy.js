// Copying and random secrets: both must work on plain http too, where navigator.clipboard is missing.
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
// 43 characters of Base64 are 258 bits for a key of 256: the last one carries only four.
const LAST = "AEIMQUYcgkosw048";

export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("readonly", "");
  // Inside an open dialog, for everything else on the page is inert.
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

export const freshToken = () => pick(LETTERS, 24);

export const freshKey = () => pick(LETTERS, 42) + pick(LAST, 1);

function pick(letters, count) {
  const fair = 256 - (256 % letters.length);
  let out = "";
  while (out.length < count) for (const byte of crypto.getRandomValues(new Uint8Array(64))) if (byte < fair && out.length < count) out += letters[byte % letters.length];
  return out;
}
