import { dateTime } from "baton-console";

export default {
  props: { t: Object, lang: String, accounts: Array },
  emits: ["test"],
  template: `
    <div data-testid="wechat"><div class="page-head"><div><h1>{{ t.nav.wechat }}</h1><p>{{ t.wechat_page.lead }}</p></div></div>
      <section v-if="!accounts.length" class="panel" data-testid="wechat-none"><h2>{{ t.wechat_page.none }}</h2><p>{{ t.wechat_page.none_hint }}</p></section>
      <section v-for="one in accounts" :key="one.id" class="panel" data-testid="wechat-account">
        <div class="row-tools wechat-head"><h2>{{ one.name }}</h2><span class="tag">{{ one.kind }}</span><span class="tag" :class="one.state_good ? 'good' : 'warn'">{{ one.state }}</span><span class="tag" :class="one.mode_good ? 'good' : 'bad'">{{ one.mode }}</span>
          <button v-if="one.can_test" type="button" class="plain wechat-test" data-testid="wechat-test" :disabled="asked === one.id" @click="test(one)">{{ asked === one.id ? t.wechat_page.testing : t.wechat_page.test }}</button></div>
        <dl class="facts wechat-facts">
          <dt>{{ t.wechat_page.callback }}</dt><dd><code>{{ site + one.callback }}</code></dd>
          <dt>{{ t.wechat_page.app_id }}</dt><dd><code>{{ one.id }}</code></dd>
          <dt>{{ t.wechat_page.last_callback }}</dt><dd>{{ one.last_callback ? when(one.last_callback) : t.wechat_page.never }}</dd>
          <template v-if="one.can_test"><dt>{{ t.wechat_page.token }}</dt><dd>{{ one.token }}</dd></template>
          <dt>{{ t.wechat_page.people }}</dt><dd>{{ one.people }}</dd>
          <dt>{{ t.wechat_page.waiting }}</dt><dd>{{ one.waiting }}</dd>
          <dt>{{ t.wechat_page.quota_errors }}</dt><dd>{{ one.quota_errors }}</dd>
          <template v-if="one.last_error"><dt>{{ t.wechat_page.last_error }}</dt><dd><span class="tag bad">{{ one.last_error }}</span></dd></template>
        </dl></section>
      <section v-if="accounts.length" class="panel"><h2>{{ t.wechat_page.add }}</h2><p>{{ t.wechat_page.add_steps }}</p></section>
    </div>`,
  data() {
    return { asked: "", site: location.origin };
  },
  methods: {
    when(at) {
      return dateTime(at, this.lang);
    },
    test(one) {
      this.asked = one.id;
      this.$emit("test", { id: one.id });
    },
    tested() {
      this.asked = "";
    },
  },
};
