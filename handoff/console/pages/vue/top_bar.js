import { commands, isTyping, notices, watchConnection } from "baton-console";

const KEYS = [
  [["j", "k"], "move"], [["Enter"], "open"], [["c"], "claim"], [["r"], "reply"],
  [["x"], "decline"], [["Alt+A", "Alt+X"], "offer"], [["/"], "canned"], [["Alt+1", "2", "3"], "suggestion"], [["Ctrl+K"], "palette"], [["Esc"], "escape"], [["?"], "show"],
];

export default {
  props: { t: Object, agent: String, role: String, csrf: String, cookie: String, lang: String, dark: Boolean, sound: Boolean, load: String, nav: Array, account: String, presence: String, notify: Boolean },
  emits: ["presence"],
  template: `
    <header class="bar">
      <a class="skip" href="#main">{{ t.page.skip }}</a>
      <a class="bar-brand" href="./"><svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
        <rect width="32" height="32" rx="9" fill="currentColor"/><path class="bar-mark" d="M8 20.5 24 11.5M8 13.5h5M19 18.5h5"/></svg>
        <strong>{{ t.page.brand }}</strong></a>
      <nav class="bar-nav wide-only" :aria-label="t.nav.label" data-testid="nav">
        <a v-for="one in nav" :key="one.name" :href="one.href" :aria-current="one.here ? 'page' : null" :data-testid="'nav-' + one.name">{{ one.text }}</a></nav>
      <span class="bar-space"></span>
      <span v-if="!online" class="bar-offline" role="status" data-testid="offline">{{ t.bar.offline }}</span>
      <span v-if="load" class="bar-load" data-testid="load">{{ load }}</span>
      <div class="bar-me" ref="me" @focusout="left" @keydown.esc="shut">
        <button ref="opener" type="button" class="bar-agent" data-testid="menu" aria-haspopup="true" :aria-expanded="String(open)" aria-controls="bar-menu"
          :aria-label="agent + ' · ' + t.bar.menu" @click="open = !open">
          <span class="avatar" :class="presence && 'is-' + presence" aria-hidden="true">{{ agent.slice(0, 1) }}</span><span class="bar-name">{{ agent }}</span><span class="bar-caret" aria-hidden="true">▾</span></button>
        <div v-show="open" id="bar-menu" class="menu" data-testid="menu-list">
          <p class="menu-who"><strong>{{ agent }}</strong><span>{{ role }}</span></p>
          <fieldset v-if="presence" class="menu-presence"><legend class="unseen">{{ t.presence.heading }}</legend>
            <label v-for="one in ['online', 'away', 'offline']" :key="one"><input type="radio" name="presence" :value="one" :checked="presence === one" :data-testid="'presence-' + one" @change="$emit('presence', { state: one })"><span class="dot" :class="'is-' + one" aria-hidden="true"></span>{{ t.presence[one] }}</label></fieldset>
          <nav class="menu-nav narrow-block" :aria-label="t.nav.label">
            <a v-for="one in nav" :key="one.name" :href="one.href" :aria-current="one.here ? 'page' : null">{{ one.text }}</a></nav>
          <a v-if="account" :href="account" data-testid="nav-account">{{ t.nav.account }}</a>
          <button type="button" data-testid="dark-switch" :aria-pressed="String(isDark)" @click="darken">{{ isDark ? t.bar.light : t.bar.dark }}</button>
          <button type="button" data-testid="sound-switch" :aria-pressed="String(isLoud)" @click="sing">{{ isLoud ? t.bar.sound_on : t.bar.sound_off }}</button>
          <button v-if="notify && canNotify" type="button" data-testid="notice-switch" :aria-pressed="String(notices)" @click="notice">{{ notices ? t.bar.notices_on : t.bar.notices_off }}</button>
          <button type="button" data-testid="lang-switch" :aria-label="t.bar.language_label" @click="speak">{{ t.bar.language }}</button>
          <button type="button" data-testid="open-palette" @click="palette">{{ t.palette.heading }} <kbd>Ctrl+K</kbd></button>
          <button type="button" data-testid="help" @click="help">{{ t.bar.help }} <kbd>?</kbd></button>
          <button type="button" data-testid="logout" @click="leave">{{ t.bar.logout }}</button>
        </div></div>
      <dialog ref="help" class="window" data-testid="help-window" :aria-label="t.help.heading">
        <h2>{{ t.help.heading }}</h2>
        <dl class="keys"><template v-for="[keys, what] in keys" :key="what">
          <dt><kbd v-for="key in keys" :key="key">{{ key }}</kbd></dt><dd>{{ t.help[what] }}</dd></template></dl>
        <form method="dialog"><button class="primary" autofocus>{{ t.help.close }}</button></form>
      </dialog>
    </header>`,
  data() {
    return { open: false, isDark: this.dark, isLoud: this.sound, online: true, keys: KEYS, notices: notices.on(), canNotify: notices.possible() };
  },
  mounted() {
    this.onKey = (event) => {
      if (event.key === "?" && !isTyping(event)) this.help();
    };
    window.addEventListener("keydown", this.onKey);
    window.addEventListener("pointerdown", this.outside);
    this.unwatch = watchConnection((online) => (this.online = online));
    const t = this.t.bar;
    commands.offer("bar", () => [
      { text: this.isDark ? t.light : t.dark, run: this.darken },
      { text: this.isLoud ? t.sound_on : t.sound_off, run: this.sing },
      { text: t.language_label, run: this.speak },
      { text: t.help, keys: "?", run: this.help },
      ...(this.presence ? [{ text: this.presence === "away" ? this.t.presence.online : this.t.presence.away, run: () => this.$emit("presence", { state: this.presence === "away" ? "online" : "away" }) }] : []),
      ...(this.account ? [{ text: this.t.nav.account, run: () => location.assign(this.account) }] : []),
      { text: t.logout, run: this.leave },
    ]);
  },
  unmounted() {
    window.removeEventListener("keydown", this.onKey);
    window.removeEventListener("pointerdown", this.outside);
    this.unwatch();
    commands.withdraw("bar");
  },
  methods: {
    palette() {
      this.open = false;
      window.dispatchEvent(new CustomEvent("baton-palette"));
    },
    async notice() {
      this.notices = await notices.turn(!this.notices);
    },
    shut() {
      if (!this.open) return;
      this.open = false;
      this.$refs.opener.focus();
    },
    left(event) {
      // A click on the page's ground has no related target; what was focused inside stays so.
      if (event.relatedTarget && !this.$refs.me.contains(event.relatedTarget)) this.open = false;
    },
    outside(event) {
      if (!this.$refs.me.contains(event.target)) this.open = false;
    },
    help() {
      this.open = false;
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
      window.Quasar?.Dark.set(this.isDark);
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
