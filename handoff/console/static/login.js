// Signs in through the agent API; the session cookie it sets is out of any script's reach.
const form = document.querySelector("form");
const [button, message, password] = [form.querySelector(".primary"), form.querySelector(".message"), form.password];
const reveal = form.querySelector(".reveal");
const lang = document.documentElement.lang === "en" ? "en" : "zh";
const words = button.textContent;

document.querySelectorAll(".languages a").forEach((link) =>
  link.addEventListener("click", () => {
    const [, ...rest] = (document.cookie.match(/(?:^|; )baton_ui=([^;]*)/)?.[1] ?? "zh.light.quiet").split(".");
    const value = [new URL(link.href).searchParams.get("lang"), ...rest].join(".");
    document.cookie = `baton_ui=${value}; path=/; max-age=31536000; samesite=strict`;
  }),
);

reveal.addEventListener("click", () => {
  const hidden = password.type === "password";
  password.type = hidden ? "text" : "password";
  reveal.textContent = hidden ? form.dataset.hide : form.dataset.show;
  reveal.setAttribute("aria-pressed", String(hidden));
  password.focus();
});

function askForCode() {
  form.querySelector(".code-field").hidden = false;
  form.code.value = "";
}

async function signIn() {
  const headers = { "Content-Type": "application/json", "Accept-Language": lang };
  const body = JSON.stringify({ name: form.elements.name.value.trim(), password: password.value, code: form.code.value.trim() });
  const answer = await fetch("../api/v1/agent/login", { method: "POST", headers, body });
  const told = await answer.json().catch(() => null);
  if (answer.ok) return null;
  if (/^second_factor/.test(told?.error?.code ?? "")) askForCode();
  return told?.error?.message ?? form.dataset.offline;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (button.disabled) return;
  if (!form.elements.name.value.trim() || !password.value) {
    message.textContent = form.dataset.empty;
    (form.elements.name.value.trim() ? password : form.elements.name).focus();
    return;
  }
  [button.disabled, button.textContent, message.textContent] = [true, form.dataset.busy, ""];
  const refusal = await signIn().catch(() => form.dataset.offline);
  if (refusal === null) {
    location.replace("./");
    return;
  }
  [button.disabled, button.textContent, message.textContent] = [false, words, refusal];
  (form.querySelector(".code-field").hidden ? password : form.code).select();
});
