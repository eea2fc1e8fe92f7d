import { browserOf, dateTime } from "baton-console";

export default {
  props: { t: Object, lang: String, name: String, agent: String, role: String, factor: Boolean, qr: String, secret: String, codes: Array, sessions: Array },
  emits: ["password", "begin", "confirm", "off", "revoke", "revoke_others"],
  template: `
    <div class="narrow-page" data-testid="account">
      <div class="page-head"><div><h1>{{ t.nav.account }}</h1><p>{{ agent }} · {{ name }} · {{ role }}</p></div></div>
      <form class="panel" @submit.prevent="change" novalidate>
        <h2>{{ t.account.password }}</h2><p>{{ t.account.password_hint }}</p>
        <input class="unseen" type="text" autocomplete="username" :value="name" tabindex="-1" aria-hidden="true" readonly>
        <div class="field"><label for="old">{{ t.account.old }}</label><input id="old" type="password" v-model="old" autocomplete="current-password" maxlength="1000" data-testid="old-password"></div>
        <div class="fields"><div class="field"><label for="new">{{ t.account.new }}</label><input id="new" type="password" v-model="fresh" autocomplete="new-password" maxlength="1000" data-testid="new-password"></div>
          <div class="field"><label for="again">{{ t.account.again }}</label><input id="again" type="password" v-model="again" autocomplete="new-password" maxlength="1000" data-testid="new-password-again"></div></div>
        <p class="form-error" role="alert" data-testid="password-error">{{ complaint }}</p>
        <button class="primary" data-testid="change-password">{{ t.account.change }}</button>
      </form>
      <section class="panel" data-testid="factor">
        <h2>{{ t.account.factor }} <span class="tag" :class="{ good: factor }" data-testid="factor-state">{{ factor ? t.account.factor_is_on : t.account.factor_is_off }}</span></h2>
        <p>{{ t.account.factor_hint }}</p>
        <div v-if="codes.length" class="codes" data-testid="recovery-codes"><h3>{{ t.account.codes }}</h3><p>{{ t.account.codes_hint }}</p>
          <ul><li v-for="code in codes" :key="code"><code>{{ code }}</code></li></ul>
          <button type="button" class="plain" @click="copy">{{ copied ? t.composer.copied : t.composer.copy }}</button></div>
        <form v-if="factor" @submit.prevent="$emit('off', { code: code.trim() })" class="inline-form">
          <div class="field"><label for="code-off">{{ t.account.code }}</label><input id="code-off" v-model="code" autocomplete="one-time-code" maxlength="20" data-testid="factor-code"></div>
          <button class="plain danger" :disabled="!code.trim()" data-testid="factor-off">{{ t.account.turn_off }}</button></form>
        <template v-else>
          <button v-if="!qr" type="button" class="primary" data-testid="factor-begin" @click="$emit('begin', {})">{{ t.account.turn_on }}</button>
          <form v-else class="enrol" @submit.prevent="$emit('confirm', { code: code.trim() })">
            <img :src="qr" :alt="t.account.qr" width="190" height="190">
            <div><p>{{ t.account.scan }}</p><p class="secret"><code data-testid="factor-secret">{{ grouped }}</code></p>
              <div class="field"><label for="code-on">{{ t.account.code }}</label><input id="code-on" v-model="code" inputmode="numeric" autocomplete="one-time-code" maxlength="20" data-testid="factor-code"></div>
              <button class="primary" :disabled="!code.trim()" data-testid="factor-confirm">{{ t.account.confirm }}</button></div></form></template>
      </section>
      <section class="panel"><h2>{{ t.account.sessions }}</h2><p>{{ t.account.sessions_hint }}</p>
        <ul class="rows"><li v-for="one in sessions" :key="one.id" data-testid="session"><div><strong>{{ browser(one) }}</strong>
            <span v-if="one.current" class="tag good">{{ t.account.here }}</span>
            <small>{{ one.address }} · {{ t.account.seen }} {{ when(one.seen) }}</small></div>
          <button v-if="!one.current" type="button" class="quiet danger" :aria-label="t.account.end + ' ' + browser(one)" @click="$emit('revoke', { id: one.id })">{{ t.account.end }}</button></li></ul>
        <button v-if="sessions.length > 1" type="button" class="plain" data-testid="end-others" @click="$emit('revoke_others', {})">{{ t.account.end_others }}</button>
      </section>
    </div>`,
  data() {
    return { old: "", fresh: "", again: "", complaint: "", code: "", copied: false };
  },
  computed: {
    grouped() {
      return this.secret.replace(/(.{4})(?=.)/g, "$1 ");
    },
  },
  methods: {
    change() {
      const t = this.t.account;
      this.complaint = !this.old ? t.old_missing : this.fresh.length < 10 ? t.too_short : this.fresh !== this.again ? t.differ : "";
      if (!this.complaint) this.$emit("password", { old: this.old, new: this.fresh, again: this.again });
    },
    done(what) {
      if (what === "password") [this.old, this.fresh, this.again] = ["", "", ""];
      [this.code, this.copied] = ["", false];
    },
    when(at) {
      return dateTime(at, this.lang);
    },
    browser(one) {
      return browserOf(one.browser) || this.t.account.unknown_browser;
    },
    async copy() {
      await navigator.clipboard?.writeText(this.codes.join("\n"));
      this.copied = true;
    },
  },
};
