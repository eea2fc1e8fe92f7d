import { dateTime, fill } from "baton-console";
import { copy } from "./copy.js";

// One account: two lights for each of its ids, what waits, when which secret was set, and what can be done.
export const AccountPanel = {
  props: { t: Object, lang: String, one: Object, site: String, asked: String, writable: Boolean },
  emits: ["test", "edit", "steps", "switch", "remove", "retry"],
  template: `
    <section class="panel wx-account" :class="{ off: !one.enabled }" data-testid="wechat-account" :data-name="one.name">
      <header class="wx-head"><h2>{{ one.name }}</h2><span class="tag">{{ one.kind_words }}</span>
        <span v-if="!one.enabled" class="tag bad" data-testid="wechat-off">{{ w.is_off }}</span>
        <span v-if="!one.sealed" class="tag bad">{{ w.plain }}</span><span v-else class="tag good">{{ w.secure }}</span>
        <div class="wx-do"><button v-if="one.enabled && one.parts.some((part) => part.can_test)" type="button" class="plain" data-testid="wechat-test" :disabled="!!asked" @click="$emit('test', one.parts.filter((part) => part.can_test))">{{ asked === one.name ? w.testing : w.test }}</button>
          <button type="button" class="plain" data-testid="wechat-steps" @click="$emit('steps', one)">{{ w.steps }}</button>
          <button v-if="!one.variables.length" type="button" class="plain" data-testid="wechat-edit" :disabled="!writable" @click="$emit('edit', one)">{{ w.edit }}</button></div></header>
      <p v-if="one.variables.length" class="wx-fixed" data-testid="wechat-fixed">{{ says(w.fixed, { names: one.variables.join(w.and) }) }}</p>
      <div v-for="part in one.parts" :key="part.id" class="wx-part">
        <p class="wx-id"><code>{{ part.id }}</code> <span class="tag" :class="part.state_good ? 'good' : 'warn'">{{ part.state }}</span></p>
        <ul class="wx-lights"><li :class="'is-' + part.keys.state" data-testid="wechat-keys"><b>{{ w.light_keys }}</b><span>{{ part.keys.words }} <time v-if="part.keys.at">{{ when(part.keys.at) }}</time></span></li>
          <li :class="'is-' + part.calls.state" data-testid="wechat-calls"><b>{{ w.light_calls }}</b><span>{{ part.calls.words }} <time v-if="part.calls.at">{{ when(part.calls.at) }}</time></span></li></ul>
        <dl class="wx-counts"><div><dt>{{ w.people }}</dt><dd>{{ part.people }}</dd></div><div><dt>{{ w.waiting }}</dt><dd>{{ part.waiting }}</dd></div>
          <div :class="{ bad: part.put_off + part.given_up }" data-testid="wechat-put-off"><dt>{{ w.put_off }}</dt><dd>{{ part.put_off + part.given_up }}</dd></div>
          <div :class="{ bad: part.quota_errors }"><dt>{{ w.quota_errors }}</dt><dd>{{ part.quota_errors }}</dd></div>
          <div v-if="part.can_test" :class="{ bad: part.token_errors }"><dt>{{ w.token_errors }}</dt><dd data-testid="wechat-token-errors">{{ part.token_errors }}</dd></div></dl>
        <p v-if="part.put_off + part.given_up" class="wx-late">{{ says(part.given_up ? w.given_up : w.put_off_hint, { count: part.given_up || part.put_off }) }}
          <button type="button" class="quiet" data-testid="wechat-retry" @click="$emit('retry', part)">{{ w.retry }}</button></p>
      </div>
      <dl class="facts wx-facts"><dt>{{ w.callback }}</dt><dd><code>{{ site + one.callback }}</code> <button type="button" class="quiet" :aria-label="w.copy + ' ' + w.callback" @click="take(site + one.callback)">{{ copied ? w.copied : w.copy }}</button></dd>
        <template v-if="one.secrets.length"><dt>{{ w.secrets }}</dt><dd><span v-for="secret in one.secrets" :key="secret.key" class="fact-pair">{{ w["name_" + secret.key] }} · {{ secret.at ? says(w.set_on, { at: when(secret.at) }) : w.set_by_hand }}</span></dd></template></dl>
      <div v-if="!one.variables.length && writable" class="wx-more"><button type="button" class="quiet" data-testid="wechat-switch" @click="ask('switch')">{{ one.enabled ? w.switch_off : w.switch_on }}</button>
        <button type="button" class="quiet danger" data-testid="wechat-remove" @click="ask('remove')">{{ w.remove }}</button></div>
      <div v-if="question" class="ask-again" role="alert"><span>{{ question }}</span><button type="button" class="plain" @click="wish = ''">{{ t.conversation.cancel }}</button><button type="button" class="primary" data-testid="wechat-sure" @click="go">{{ t.conversation.confirm }}</button></div>
    </section>`,
  data() {
    return { wish: "", copied: false };
  },
  computed: {
    w() {
      return this.t.wechat_page;
    },
    question() {
      if (!this.wish) return "";
      const key = this.wish === "remove" ? "ask_remove" : this.one.enabled ? "ask_off" : "ask_on";
      const sum = (name) => this.one.parts.reduce((all, part) => all + part[name], 0);
      return fill(this.w[key], { name: this.one.name, people: sum("people"), waiting: sum("waiting") });
    },
  },
  methods: {
    says: fill,
    when(at) {
      return dateTime(at, this.lang);
    },
    ask(wish) {
      this.wish = wish;
    },
    go() {
      const own = { name: this.one.name, version: this.one.version };
      if (this.wish === "remove") this.$emit("remove", own);
      else this.$emit("switch", { ...own, on: !this.one.enabled });
      this.wish = "";
    },
    async take(text) {
      await copy(text);
      this.copied = true;
      setTimeout(() => (this.copied = false), 2000);
    },
  },
};
