// Numbers of figures in words, and calls of the history's API.
const DASH = "–";

/** Seconds as a person says them: 45 s, 3 min 20 s, 2 h 5 min, 3 d 4 h. */
function duration(seconds, t) {
  const whole = Math.round(seconds);
  const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const at = units.findIndex(([, size]) => whole >= size);
  if (at < 0) return `0 ${t.history.s}`;
  const [[big, size], small] = [units[at], units[at + 1]];
  const rest = small ? Math.floor((whole % size) / small[1]) : 0;
  const said = `${Math.floor(whole / size)} ${t.history[big]}`;
  return rest ? `${said} ${rest} ${t.history[small[0]]}` : said;
}

/** A value of a figure for people; a dash where there is none. */
export function shown(unit, value, lang, t) {
  if (value === null || value === undefined) return DASH;
  if (unit === "share") return value.toLocaleString(lang, { style: "percent", maximumFractionDigits: value < 0.1 ? 2 : 1 });
  if (unit === "seconds") return duration(value, t);
  if (unit === "score") return value.toLocaleString(lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  if (unit === "points") return value.toLocaleString(lang, { maximumFractionDigits: 1 });
  return value.toLocaleString(lang);
}

/** How a figure moved: an arrow, words, and whether that is good (null where neither is better). */
export function change(figure, lang, t) {
  const { value, before, unit, better } = figure;
  if (value === null || before === null) return null;
  const difference = value - before;
  const relative = unit === "share" || unit === "score" || unit === "points";
  if (!relative && !before) return null;
  const by = relative ? difference : difference / before;
  const said = unit === "share" ? `${(Math.abs(by) * 100).toLocaleString(lang, { maximumFractionDigits: 1 })} ${t.history.percentage_points}`
    : relative ? Math.abs(by).toLocaleString(lang, { maximumFractionDigits: 2 })
    : Math.abs(by).toLocaleString(lang, { style: "percent", maximumFractionDigits: 0 });
  const still = !Number(said.replace(/[^\d]/g, ""));
  const good = still || !better ? null : difference > 0 === (better === "more");
  return { arrow: still ? "→" : difference > 0 ? "↑" : "↓", said: still ? t.history.same : said, good };
}

/** The address of a call: what was asked, as the API takes it. */
export function query(asked, more = {}) {
  const all = new URLSearchParams({ period: asked.period, by: asked.by });
  if (asked.period === "custom") {
    all.set("first", asked.first);
    all.set("last", asked.last);
  }
  for (const [key, value] of Object.entries(more)) for (const one of [value].flat()) if (one !== "") all.append(key, one);
  return all;
}

/** GET of the history's API; a refusal is thrown as an Error with the answer's message. */
export async function ask(path, parameters, lang, signal) {
  const response = await fetch(`../api/v1/agent/history${path}?${parameters}`, { headers: { "Accept-Language": lang }, signal });
  const data = await response.json().catch(() => null);
  if (response.ok) return data;
  if (response.status === 401) location.assign("login?why=ended");
  throw new Error(data?.error?.message ?? "");
}

/** A value of a dimension in words. */
export function named(by, line, t) {
  if (!line.value) return t.history[`none_${by}`];
  const text = { channel: t.channel, reason: t.reason, rule: t.rule }[by]?.[line.value];
  return text && !text.includes("{") ? text : line.label;
}
