// Calls of the editor's API, and small helpers shared by the desk's components.

/** A caller of `/api/v1/editor`; a refusal is thrown as an Error with `code`, `status` and the answer's own fields. */
export function caller(csrf, lang) {
  return async (method, path, body) => {
    let response;
    try {
      response = await fetch("../api/v1/editor/" + path, {
        method,
        headers: { "X-CSRF-Token": csrf, "Accept-Language": lang, ...(body ? { "Content-Type": "application/json" } : {}) },
        body: body ? JSON.stringify(body) : undefined,
      });
    } catch {
      throw Object.assign(new Error(""), { code: "offline", status: 0 });
    }
    const data = await response.json().catch(() => null);
    if (response.ok) return data;
    if (response.status === 401) location.assign("login?why=ended");
    throw Object.assign(new Error(data?.error?.message ?? ""), { status: response.status, ...(data?.error ?? {}) });
  };
}

/** Lines of a text area as a list, and back. */
export const toLines = (text) => [...new Set(text.split("\n").map((line) => line.trim()).filter(Boolean))];
export const fromLines = (list) => (list ?? []).join("\n");

export const percent = (share) => (share == null ? "–" : Math.round(share * 100) + "%");

export const dateOf = (at, lang) =>
  new Date(typeof at === "number" ? at * 1000 : at).toLocaleString(lang, { dateStyle: "medium", timeStyle: "short" });

/** The local day as 2026-03-31. */
export function today() {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10);
}

/** Call `work` once the calls have stopped for `wait` ms. */
export function debounced(work, wait) {
  let timer;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...args), wait);
  };
}

/** Lines of two texts as [{ mark: " " | "+" | "-", text }], by their longest common subsequence. */
export function lineDiff(before, after) {
  const [a, b] = [before.split("\n"), after.split("\n")];
  const table = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      table[i][j] = a[i] === b[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
  const out = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const same = i < a.length && j < b.length && a[i] === b[j];
    const gone = !same && (j >= b.length || (i < a.length && table[i + 1][j] >= table[i][j + 1]));
    out.push({ mark: same ? " " : gone ? "-" : "+", text: same || gone ? a[i] : b[j] });
    if (same || gone) i++;
    if (same || !gone) j++;
  }
  return out;
}

/** What a text was read as, in parts: `mended` where it is not what was typed. */
export function mendedParts(typed, read) {
  const [was, now] = [[...typed.normalize("NFKC").toLowerCase()], [...read.normalize("NFKC").toLowerCase()]];
  const shorter = Math.min(was.length, now.length);
  let [head, tail] = [0, 0];
  while (head < shorter && was[head] === now[head]) head++;
  while (tail < shorter - head && was.at(-1 - tail) === now.at(-1 - tail)) tail++;
  // Of the same length: one character stands for one, and each is told on its own.
  const differs = (n) => (was.length === now.length ? was[n] !== now[n] : n >= head && n < now.length - tail);
  const parts = [];
  now.forEach((char, n) => {
    const last = parts.at(-1);
    if (last?.mended === differs(n)) last.text += char;
    else parts.push({ text: char, mended: differs(n) });
  });
  return parts;
}

/** The changed lines of a diff with two lines around each; `…` where some are left out; nothing when nothing differs. */
export function hunks(lines, around = 2) {
  const near = lines.map((_, n) => lines.slice(Math.max(0, n - around), n + around + 1).some((line) => line.mark !== " "));
  return lines.flatMap((line, n) => (near[n] ? [line] : near[n - 1] && n + 1 < lines.length ? [{ mark: " ", text: "…" }] : []));
}
