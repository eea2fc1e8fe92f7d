// Small helpers shared by the console's Vue components.
export { commands } from "./commands.js";
export { DefinitionButton } from "./definition.js";
export { CardForms, MoodCurve } from "./card_parts.js";
export { MoodMark } from "./mood.js";
export { notices } from "./notices.js";
export { FileTray, ReplyPalette, WordingCheck, brokenRules, size } from "./reply_parts.js";

/** Fill {name} placeholders of a catalogue text. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

/** A wait in seconds as 0:07, 12:40 or 3:05:00. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

export const timeOf = (at, lang) =>
  new Date(at * 1000).toLocaleTimeString(lang, { hour: "2-digit", minute: "2-digit", hour12: false });

export function dayOf(at, lang, t) {
  const day = new Date(at * 1000);
  const start = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
  const ago = Math.round((start(new Date()) - start(day)) / 86400000);
  if (ago === 0) return t.thread.today;
  if (ago === 1) return t.thread.yesterday;
  return day.toLocaleDateString(lang, { year: "numeric", month: "long", day: "numeric", weekday: "short" });
}

/** Whether a key press belongs to a text field or an open window and must not be taken as a shortcut. */
export function isTyping(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  if (document.querySelector("dialog[open]")) return true;
  return /^(INPUT|TEXTAREA|SELECT)$/.test(event.target?.tagName ?? "") || event.target?.isContentEditable === true;
}

/** A browser store that may be full or forbidden: the console then works without it. */
export const store = {
  get(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(value));
    } catch {
      // Drafts are a comfort; nothing depends on them.
    }
  },
};

/** Call `tell(true | false)` when the live connection comes back or goes; returns how to stop. */
export function watchConnection(tell) {
  const [up, down] = [() => tell(true), () => tell(false)];
  let timer;
  const attach = () => {
    // The page opens its socket only after its parts are mounted.
    if (!window.socket) timer = setTimeout(attach, 50);
    else window.socket.on("connect", up).on("disconnect", down);
  };
  attach();
  return () => {
    clearTimeout(timer);
    window.socket?.off("connect", up).off("disconnect", down);
  };
}

/** A random id; `crypto.randomUUID` exists on https and loopback only. */
export function freshId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
}

const TO_THE_MINUTE = { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false };
/** A day with its time, for lists. */
export const dateTime = (at, lang) => new Date(at * 1000).toLocaleString(lang, { year: "numeric", ...TO_THE_MINUTE });
/** The same without the year, for lists of what happened lately. */
export const dayAndTime = (at, lang) => new Date(at * 1000).toLocaleString(lang, TO_THE_MINUTE);

/** A short name of a browser from what it said of itself: enough to tell two sessions apart, not to be trusted. */
export function browserOf(said) {
  const name = [[/Edg\//, "Edge"], [/MicroMessenger/, "WeChat"], [/OPR\//, "Opera"], [/Firefox\//, "Firefox"], [/Chrome\//, "Chrome"], [/Safari\//, "Safari"]].find(([mark]) => mark.test(said));
  const system = [[/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/Windows/, "Windows"], [/Mac OS X/, "macOS"], [/Linux/, "Linux"]].find(([mark]) => mark.test(said));
  return [name?.[1] ?? said.slice(0, 40), system?.[1]].filter(Boolean).join(" · ");
}
