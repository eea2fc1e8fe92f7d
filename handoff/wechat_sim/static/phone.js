// The phone: shows what the account says, sends what the person does. It knows only the simulator's own calls.
import { lang, platformWords, say } from "./texts.js";

const $ = (id) => document.getElementById(id);
// A link from the web page names the service account and carries the conversation along.
const query = new URLSearchParams(location.search);
let scene = query.get("scene_param") ?? "";
const ENTER = { official: "subscribe", mini: "user_enter_tempsession", kf: "enter_session" };
const state = { account: null, openid: null, since: 0, round: 0 };

async function call(path, body) {
  const options = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(`/phone/${path}`, options);
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

function tap(label, choice, name) {
  const button = element("button", name, label.shown ?? label);
  button.type = "button";
  button.addEventListener("click", () => send(label.content ?? label, choice));
  return button;
}

// WeChat renders one kind of markup: anchors. Everything else is text, so nothing here is ever set as HTML.
function fill(bubble, text) {
  const anchor = /<a href="([^"]*)">([^<]*)<\/a>/g;
  let end = 0;
  for (const match of text.matchAll(anchor)) {
    bubble.append(text.slice(end, match.index), link(match[1], match[2]));
    end = match.index + match[0].length;
  }
  bubble.append(text.slice(end));
}

function link(address, shown) {
  if (address.startsWith("weixin://bizmsgmenu")) {
    const query = new URLSearchParams(address.split("?")[1]);
    return tap({ shown, content: query.get("msgmenucontent") ?? shown }, "", "link");
  }
  if (!/^https?:\/\//.test(address)) return shown;
  const made = element("a", "", shown);
  Object.assign(made, { href: address, target: "_blank", rel: "noopener noreferrer" });
  return made;
}

function show(line) {
  const item = element("li", `line ${line.side}`);
  if (line.side === "system") {
    item.textContent = platformWords(line.text);
  } else {
    const bubble = element("div", "bubble");
    fill(bubble, line.text);
    if (line.options.length) {
      const options = element("div", "options");
      options.append(...line.options.map((option) => tap(option.content, option.id)));
      bubble.append(options);
    }
    item.append(bubble);
  }
  $("thread").append(item);
}

function showTyping(on) {
  $("thread").querySelector(".typing")?.remove();
  if (!on) return;
  const item = element("li", "line account typing");
  const bubble = element("div", "bubble");
  bubble.append(element("i"), element("i"), element("i"));
  item.append(bubble);
  $("thread").append(item);
}

async function follow() {
  const round = ++state.round;
  while (round === state.round) {
    try {
      const news = await call(`news?openid=${encodeURIComponent(state.openid)}&since=${state.since}&wait=20`);
      if (round !== state.round) return;
      showTyping(false);
      for (const line of news.lines) {
        show(line);
        state.since = line.number;
      }
      showTyping(news.typing);
      $("left").textContent = say("pieces", news.left);
      $("hours").textContent = news.hours < 1 ? say("minute", Math.ceil(news.hours * 60)) : say("hour", news.hours.toFixed(1));
      if (news.lines.length || news.typing) $("thread").scrollTop = $("thread").scrollHeight;
    } catch (error) {
      if (error.message === "404") return join();
      $("left").textContent = say("lost");
      await new Promise((resolve) => setTimeout(resolve, 1500));
    }
  }
}

async function join() {
  const name = state.account.name;
  const key = `baton-sim-${name}`;
  state.openid = sessionStorage.getItem(key);
  const known = state.openid && !scene && (await fetch(`/phone/news?openid=${encodeURIComponent(state.openid)}`)).ok;
  if (!known) {
    state.openid = (await call("join", { account: name })).openid;
    sessionStorage.setItem(key, state.openid);
    await call("act", { openid: state.openid, what: ENTER[state.account.kind], key: scene });
    scene = "";
  }
  state.since = 0;
  $("thread").replaceChildren();
  follow();
}

async function choose(account) {
  state.account = account;
  $("name").textContent = account.name;
  $("kind").textContent = say(account.kind !== "official" ? account.kind : account.verified ? "verified" : "unverified");
  for (const button of document.querySelectorAll("[data-for]")) {
    button.hidden = !button.dataset.for.split(" ").includes(account.kind);
  }
  $("seal").hidden = false;
  $("seal").textContent = say(account.mode === "plain" ? "plain" : "sealed");
  const keys = Object.entries(account.menu).map(([key, words]) => {
    const button = element("button", "", words);
    button.type = "button";
    button.addEventListener("click", () => call("act", { openid: state.openid, what: "CLICK", key }));
    return button;
  });
  $("keys").replaceChildren(...keys);
  $("keys").hidden = keys.length === 0;
  await join();
}

async function send(text, choice = "") {
  if (text.trim()) await call("say", { openid: state.openid, text, choice });
}

function start(accounts) {
  document.documentElement.lang = lang;
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = say(node.dataset.text);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", say(node.dataset.label));
  $("words").placeholder = say("words");
  $("account").replaceChildren(...accounts.map((account) => new Option(account.name, account.name)));
  $("account").addEventListener("change", () => choose(accounts.find((account) => account.name === $("account").value)));
  $("fresh").addEventListener("click", () => {
    sessionStorage.removeItem(`baton-sim-${state.account.name}`);
    join();
  });
  for (const button of document.querySelectorAll("[data-act]")) {
    button.addEventListener("click", () => call("act", { openid: state.openid, what: button.dataset.act }));
  }
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    send($("words").value);
    $("words").value = "";
  });
  $("words").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      $("composer").requestSubmit();
    }
  });
  const tick = () => ($("clock").textContent = new Date().toTimeString().slice(0, 5));
  tick();
  setInterval(tick, 10_000);
  const wanted = accounts.find((account) => account.id === query.get("kf")) ?? accounts[0];
  if (wanted) {
    $("account").value = wanted.name;
    choose(wanted);
  }
  else $("name").textContent = say("none");
}

start(await call("accounts"));
