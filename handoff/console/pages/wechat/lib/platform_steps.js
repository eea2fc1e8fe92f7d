import { dateTime } from "baton-console";
import { copy } from "./copy.js";

// What the platform has to be told, row by row to copy, with both lights live beside it. ``told`` are the secrets that
// were just typed here; they are shown once more and live in this page only.
export const PlatformSteps = {
  props: { t: Object, lang: String, one: Object, site: String, told: Object, asked: String },
  emits: ["test", "close"],
  template: `
    <div data-testid="wechat-platform"><p>{{ w["where_" + one.kind] }}</p>
      <dl class="wx-rows"><div><dt>{{ w.row_url }}</dt><dd><code data-testid="wechat-url">{{ site + one.callback }}</code><button type="button" class="quiet" @click="take('url', site + one.callback)">{{ got === "url" ? w.copied : w.copy }}</button></dd></div>
        <div v-for="key in shown" :key="key"><dt>{{ w["name_" + key] }}</dt><dd><template v-if="told?.[key]"><code>{{ told[key] }}</code><button type="button" class="quiet" @click="take(key, told[key])">{{ got === key ? w.copied : w.copy }}</button></template><span v-else class="soft">{{ w.not_again }}</span></dd></div>
        <div v-if="one.kind !== 'kf'"><dt>{{ w.row_mode }}</dt><dd>{{ one.sealed ? w.row_secure : w.row_plain }}</dd></div>
        <div v-if="one.kind === 'mini'"><dt>{{ w.row_format }}</dt><dd>{{ w.row_any_format }}</dd></div>
        <div v-if="one.verified"><dt>{{ one.kind === "kf" ? w.row_trusted : w.row_whitelist }}</dt><dd>{{ w.row_address }}</dd></div></dl>
      <p v-if="insecure" class="wx-danger">{{ w.needs_https }}</p>
      <p v-if="told && (told.token || told.aes_key)" class="wx-once">{{ w.shown_once }}</p>
      <ul v-for="part in one.parts" :key="part.id" class="wx-lights" aria-live="polite"><li :class="'is-' + part.keys.state" data-testid="steps-keys"><b>{{ w.light_keys }}</b><span>{{ part.keys.words }}</span></li>
        <li :class="'is-' + part.calls.state" data-testid="steps-calls"><b>{{ w.light_calls }}</b><span>{{ part.calls.words }} <time v-if="part.calls.at">{{ when(part.calls.at) }}</time></span></li></ul>
      <div class="window-do"><button v-if="one.parts.some((part) => part.can_test)" type="button" class="plain" data-testid="steps-test" :disabled="!!asked" @click="$emit('test', one.parts.filter((part) => part.can_test))">{{ asked ? w.testing : w.test }}</button><button type="button" class="primary" data-testid="steps-close" @click="$emit('close')">{{ w.finished }}</button></div></div>`,
  data() {
    return { got: "" };
  },
  computed: {
    w() {
      return this.t.wechat_page;
    },
    shown() {
      return this.one.sealed ? ["token", "aes_key"] : ["token"];
    },
    insecure() {
      return !this.site.startsWith("https://");
    },
  },
  methods: {
    when(at) {
      return dateTime(at, this.lang);
    },
    async take(what, text) {
      await copy(text);
      this.got = what;
    },
  },
};
