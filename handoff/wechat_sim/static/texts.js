// Every word of the page, in the browser's language.
const zh = {
  kicker: "BATON 微信模拟器", title: "在这台手机上扮演顾客", lead: "消息按微信的规则送达：加密、五秒超时、最多三次重试、条数限制，一样不少。",
  account: "公众号", left: "还可收到", hours: "回复时限", kind: "账号类型", verified: "已认证", unverified: "未认证", mini: "小程序", kf: "微信客服", card: "发小程序卡片", sealed: "安全模式", plain: "明文模式",
  subscribe: "关注", unsubscribe: "取消关注", image: "发图片", voice: "发语音", location: "发位置", fresh: "换一位顾客", deeds: "顾客还可以做的事",
  phone: "顾客的手机", words: "输入消息", send: "发送", pieces: "{n} 条", hour: "{n} 小时", minute: "{n} 分钟", none: "没有公众号", register: "到“公众平台”注册账号", lost: "模拟器没有回应，正在重试……",
};
const en = {
  kicker: "BATON WECHAT SIMULATOR", title: "Play the customer on this phone", lead: "Messages travel by WeChat's rules: sealed, five seconds to answer, up to three tries, and a limit on replies.",
  account: "Official Account", left: "May receive", hours: "Time left", kind: "Account", verified: "Verified", unverified: "Unverified", mini: "Mini program", kf: "WeCom service", card: "Send card", sealed: "secure mode", plain: "plain mode",
  subscribe: "Follow", unsubscribe: "Unfollow", image: "Send picture", voice: "Send voice", location: "Send place", fresh: "New customer", deeds: "What else a customer can do",
  phone: "The customer's phone", words: "Message", send: "Send", pieces: "{n}", hour: "{n} h", minute: "{n} min", none: "No account", register: "Register an account on the platform", lost: "The simulator does not answer; trying again…",
};
const chinese = (navigator.language || "zh").toLowerCase().startsWith("zh");
const chosen = chinese ? zh : en;

export const lang = chinese ? "zh-CN" : "en";
export const say = (key, n) => chosen[key].replace("{n}", n);

// The platform's own lines come in Chinese, as on a real phone; whoever reads English is told what they say.
const inEnglish = {
  "已关注": "Followed", "已取消关注": "Unfollowed",
  "这个账号还没有填服务器": "No server has been entered for this account yet",
  "该公众号提供的服务出现故障，请稍后再试": "The service of this account is out of order. Please try again later.",
};
export const platformWords = (text) => (chinese ? text : inEnglish[text] ?? text);
