// The platform's console in small: registers an account and has its server's address checked.
const zh = {
  kicker: "BATON 微信模拟器", title: "公众平台", lead: "和真的一样分两步：先在这里注册，把得到的 AppID 和 AppSecret 填进 Baton；再把 Baton 给的地址、Token 和密钥填到这里。",
  register: "1. 注册账号", name: "账号名称", kind: "种类", official: "已认证的公众号", unverified: "未认证的公众号", kf: "微信客服", mini: "小程序", go: "注册",
  given: "平台给的资料，填进 Baton", app_id: "AppID", corp_id: "企业 ID (CorpID)", open_kfid: "客服账号 ID", original_id: "原始 ID", secret: "AppSecret",
  server: "2. 服务器配置", mode: "加解密方式", secure: "安全模式", compatible: "兼容模式", plain: "明文模式", submit: "提交", phone: "← 回到手机",
  taken: "已经有这个名称的账号了。", bad: "请检查每一项：Token 是 3–32 位字母和数字，EncodingAESKey 是 43 位。", good: "提交成功，地址通过了检查。回到手机就能扮演顾客。",
  why_token: "token 验证失败", why_slow: "请求 URL 超时", why_away: "无法访问这个 URL", why_status: "URL 没有回应 200", lost: "模拟器没有回应。",
};
const en = {
  kicker: "BATON WECHAT SIMULATOR", title: "The platform", lead: "Two steps, as on the real one: register here and enter the AppID and AppSecret in Baton; then enter Baton's address, Token and key here.",
  register: "1. Register an account", name: "Name", kind: "Kind", official: "Verified Official Account", unverified: "Unverified Official Account", kf: "WeCom customer service", mini: "Mini program", go: "Register",
  given: "What the platform gives you, for Baton", app_id: "AppID", corp_id: "CorpID", open_kfid: "Service account ID", original_id: "Original ID", secret: "AppSecret",
  server: "2. Server", mode: "Mode", secure: "secure", compatible: "compatible", plain: "plain", submit: "Submit", phone: "← Back to the phone",
  taken: "There is an account of this name.", bad: "Check each entry: a Token has 3–32 letters and digits, an EncodingAESKey 43.", good: "Done: the address passed the check. Go back to the phone and play the customer.",
  why_token: "token check failed", why_slow: "the URL took too long", why_away: "the URL cannot be reached", why_status: "the URL did not answer 200", lost: "The simulator does not answer.",
};
const chinese = (navigator.language || "zh").toLowerCase().startsWith("zh");
const t = chinese ? zh : en;
const $ = (id) => document.getElementById(id);
let account = null;

async function call(path, body) {
  const response = await fetch(`/platform/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

function row(name, value, id) {
  const pair = document.createElement("div");
  const term = document.createElement("dt");
  const told = document.createElement("dd");
  term.textContent = name;
  told.textContent = value;
  told.id = id;
  pair.append(term, told);
  return pair;
}

async function attempt(place, work) {
  try {
    place.textContent = await work();
  } catch (error) {
    place.textContent = { 409: t.taken, 422: t.bad }[error.message] ?? t.lost;
  }
}

document.documentElement.lang = chinese ? "zh-CN" : "en";
for (const node of document.querySelectorAll("[data-text]")) node.textContent = t[node.dataset.text];
$("register").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt($("register-said"), async () => {
    account = await call("register", { name: $("name").value.trim(), kind: $("kind").value });
    const kf = Boolean(account.open_kfid);
    const given = [[kf ? "corp_id" : "app_id", account.app_id], ["open_kfid", account.open_kfid], ["original_id", account.original_id], ["secret", account.secret]];
    $("rows").replaceChildren(...given.filter(([, value]) => value).map(([key, value]) => row(t[key], value, `given-${key}`)));
    $("mode-row").hidden = kf;
    $("given").hidden = $("server").hidden = false;
    $("url").focus();
    return "";
  });
});
$("server").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt($("server-said"), async () => {
    const entered = { id: account.id, url: $("url").value.trim(), token: $("token").value.trim(), aes_key: $("aes-key").value.trim(), mode: $("mode").value };
    const { why } = await call("server", entered);
    return why ? t[`why_${why}`] : t.good;
  });
});
