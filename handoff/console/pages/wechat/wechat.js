import { AccountForm, AccountPanel, PlatformSteps } from "baton-wechat";
import { fill } from "baton-console";

export default {
  components: { AccountForm, AccountPanel, PlatformSteps },
  props: { t: Object, lang: String, view: Object },
  emits: ["save", "switch", "remove", "test", "retry"],
  template: `
    <div data-testid="wechat"><div class="page-head"><div><h1>{{ t.nav.wechat }}</h1><p>{{ w.lead }}</p></div>
        <button type="button" class="primary" data-testid="wechat-new" :disabled="!view.writable" @click="open('form', null)">{{ w.add }}</button></div>
      <p v-if="view.trouble" class="wx-note bad" role="alert" data-testid="wechat-trouble"><b>{{ w.trouble }}</b> {{ view.trouble }}</p>
      <p v-if="!view.writable" class="wx-note" data-testid="wechat-read-only">{{ says(w.read_only, { file: view.file }) }}</p>
      <p v-if="view.platforms.length" class="wx-note" data-testid="wechat-stand-in">{{ says(w.stand_in, { address: view.platforms.join(w.and) }) }}</p>
      <section v-if="!view.accounts.length" class="panel wx-none" data-testid="wechat-none"><h2>{{ w.none }}</h2><p>{{ w.none_hint }}</p></section>
      <account-panel v-for="one in view.accounts" :key="one.name" v-bind="{ t, lang, one, site, asked, writable: view.writable }" @test="test(one, $event)" @edit="open('form', $event)" @steps="open('steps', $event)" @switch="$emit('switch', $event)" @remove="$emit('remove', $event)" @retry="$emit('retry', { id: $event.id })"/>
      <p v-if="view.accounts.length" class="soft wx-file">{{ says(w.file, { file: view.file }) }}</p>
      <dialog ref="window" class="window wide" data-testid="wechat-window" :aria-label="title" @close="closed"><template v-if="task">
        <h2>{{ title }}</h2>
        <account-form v-if="task === 'form'" :key="name" v-bind="{ t, lang, known, busy, refused: no }" @save="save" @cancel="close"/>
        <platform-steps v-else-if="now" v-bind="{ t, lang, one: now, site, told, asked }" @test="test(now, $event)" @close="close"/>
      </template></dialog>
    </div>`,
  data() {
    return { task: "", name: "", known: null, told: null, busy: false, no: null, asked: "", site: location.origin };
  },
  computed: {
    w() {
      return this.t.wechat_page;
    },
    now() {
      return this.view.accounts.find((one) => one.name === this.name);
    },
    title() {
      return this.task === "steps" ? fill(this.w.steps_title, { name: this.name }) : this.known ? fill(this.w.edit_title, { name: this.name }) : this.w.add;
    },
  },
  methods: {
    says: fill,
    open(task, one) {
      [this.task, this.name, this.known, this.no, this.busy] = [task, one?.name ?? "", task === "form" ? one : null, null, false];
      this.$nextTick(() => this.$refs.window.open || this.$refs.window.showModal());
    },
    close() {
      this.$refs.window.close();
    },
    closed() {
      // What was typed is forgotten with the window.
      [this.task, this.told, this.known, this.no] = ["", null, null, null];
    },
    save(form) {
      [this.busy, this.no, this.told] = [true, null, { token: form.token, aes_key: form.aes_key }];
      this.$emit("save", form);
    },
    saved(name) {
      if (this.task === "form") this.open("steps", { name });
    },
    refused(field, words) {
      [this.busy, this.no] = [false, { field, words }];
    },
    test(one, parts) {
      this.asked = one.name;
      for (const part of parts) this.$emit("test", { id: part.id });
    },
    tested() {
      this.asked = "";
    },
    done() {
      if (this.$refs.window.open) this.close();
    },
  },
};
