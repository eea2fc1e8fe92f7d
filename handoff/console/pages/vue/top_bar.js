import { isTyping, watchConnection } from "baton-console";

const KEYS = [
  [["j", "k"], "move"], [["Enter"], "open"], [["c"], "claim"], [["r"], "reply"],
  [["Alt+1", "2", "3"], "suggestion"], [["Esc"], "escape"], [["?"], "show"],
];

export default {
  props: { t: Object, agent: String, csrf: String, cookie: String, lang: String, dark: Boolean, sound: Boolean, load: String },
  template: `
    <header class="bar">
      <a class="skip" href="#conversation">{{ t.page.skip }}</a>
      <span class="bar-brand"><svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
        <rect width="32" height="32" rx="9" fill="currentColor"/><path class="bar-mark" d="M8 20.5 24 11.5M8 13.5h5M19 18.5h5"/></svg>
        <strong>{{ t.page.brand }}</strong><span class="bar-product">{{ t.page.product }}</span></span>
      <span class="bar-space"></span>
      <span v-if="!online" class="bar-offline" role="status" data-testid="offline">{{ t.bar.offline }}</span>
      <span class="bar-agent"><span class="avatar" aria-hidden="true">{{ agent.slice(0, 1) }}</span>
        <span class="bar-name">{{ agent }}</span><span class="bar-load">{{ load }}</span></span>
      <span class="bar-tools">
        <button type="button" class="quiet" data-testid="lang-switch" :aria-label="t.bar.language_label" @click="speak">{{ t.bar.language }}</button>
        <button type="button" class="quiet" data-testid="dark-switch" :aria-pressed="String(isDark)" @click="darken">{{ isDark ? t.bar.light : t.bar.dark }}</button>
        <button type="button" class="quiet wide-only" data-testid="sound-switch" :aria-pressed="String(isLoud)" @click="sing">{{ isLoud ? t.bar.sound_on : t.bar.sound_off }}</button>
        <button type="button" class="quiet wide-only" data-testid="help" @click="help">{{ t.bar.help }} <kbd>?</kbd></button>
        <button type="button" class="quiet" data-testid="logout" @click="leave">{{ t.bar.logout }}</button>
      </span>
      <dialog ref="help" class="window" data-testid="help-window" :aria-label="t.help.heading">
        <h2>{{ t.help.heading }}</h2>
        <dl class="keys"><template v-for="[keys, what] in keys" :key="what">
          <dt><kbd v-for="key in keys" :key="key">{{ key }}</kbd></dt><dd>{{ t.help[what] }}</dd></template></dl>
        <form method="dialog"><button class="primary" autofocus>{{ t.help.close }}</button></form>
      </dialog>
    </header>`,
  data() {
    return { isDark: this.dark, isLoud: this.sound, online: true, keys: KEYS };
  },
  mounted() {
    this.onKey = (event) => {
      if (event.key === "?" && !isTyping(event)) this.help();
    };
    window.addEventListener("keydown", this.onKey);
    this.unwatch = watchConnection((online) => (this.online = online));
  },
  unmounted() {
    window.removeEventListener("keydown", this.onKey);
    this.unwatch();
  },
  methods: {
    help() {
      this.$refs.help.showModal();
    },
    keep(lang) {
      const value = [lang, this.isDark ? "dark" : "light", this.isLoud ? "sound" : "quiet"].join(".");
      for (const name of [this.cookie, "baton_ui"]) {
        document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=strict`;
      }
    },
    speak() {
      this.keep(this.lang === "zh" ? "en" : "zh");
      location.reload();
    },
    darken() {
      this.isDark = !this.isDark;
      document.documentElement.dataset.theme = this.isDark ? "dark" : "light";
      this.keep(this.lang);
    },
    sing() {
      this.isLoud = !this.isLoud;
      window.dispatchEvent(new CustomEvent("baton-sound", { detail: this.isLoud }));
      this.keep(this.lang);
    },
    async leave() {
      try {
        const answer = await fetch("../api/v1/agent/logout", { method: "POST", headers: { "X-CSRF-Token": this.csrf } });
        await answer.text();
      } finally {
        location.assign("login");
      }
    },
  },
};
