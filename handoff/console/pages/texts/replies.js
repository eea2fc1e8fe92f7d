import { fill } from "baton-console";

const NEW = { id: "", shortcut: "", text: "", category: "", team: false };

export default {
  props: { t: Object, ui: String, replies: Array, variables: Array, for_team: Boolean },
  emits: ["save", "drop", "starter"],
  template: `
    <div data-testid="replies">
      <div class="page-head"><div><h1>{{ t.replies.heading }}</h1><p>{{ t.replies.lead }}</p></div>
        <label class="choose"><span>{{ t.card.language }}</span><select v-model="lang" data-testid="replies-lang"><option value="">{{ t.replies.all_langs }}</option><option value="zh">{{ t.lang.zh }}</option><option value="en">{{ t.lang.en }}</option></select></label>
        <input type="search" class="search" v-model="wanted" :placeholder="t.replies.search" :aria-label="t.replies.search" data-testid="replies-search">
        <button type="button" class="primary" data-testid="reply-new" @click="open(null)">{{ t.replies.add }}</button></div>
      <div v-if="!replies.length" class="panel start"><h2>{{ t.replies.empty }}</h2><p>{{ t.replies.empty_hint }}</p>
        <button v-if="for_team" type="button" class="primary" data-testid="replies-starter" @click="$emit('starter', {})">{{ t.replies.starter }}</button></div>
      <section v-for="group in groups" :key="group.name" class="panel"><h2>{{ group.name }}</h2>
        <ul class="rows"><li v-for="one in group.replies" :key="one.id" data-testid="reply-line"><div class="grow"><strong>/{{ one.shortcut }}</strong>
            <span class="tag">{{ t.lang[one.lang] ?? one.lang }}</span> <span class="tag" :class="{ good: !one.team }">{{ one.team ? t.replies.team : t.replies.own }}</span>
            <p class="words">{{ one.text }}</p></div>
          <button v-if="!one.team || for_team" type="button" class="plain" :aria-label="t.people.edit + ' ' + one.shortcut" @click="open(one)">{{ t.people.edit }}</button></li></ul></section>
      <dialog ref="form" class="window wide" :aria-label="form.id ? t.replies.edit : t.replies.add" data-testid="reply-window">
        <h2>{{ form.id ? t.replies.edit : t.replies.add }}</h2>
        <form @submit.prevent="save" novalidate>
          <div class="fields"><div class="field"><label for="r-short">{{ t.replies.shortcut }}</label><input id="r-short" v-model="form.shortcut" maxlength="32" autocomplete="off" data-testid="r-shortcut"><small>{{ t.replies.shortcut_hint }}</small></div>
            <div class="field"><label for="r-cat">{{ t.replies.category }}</label><input id="r-cat" v-model="form.category" maxlength="40" list="r-cats" autocomplete="off"><datalist id="r-cats"><option v-for="name in categories" :key="name" :value="name"/></datalist></div></div>
          <div class="field"><label for="r-text">{{ t.replies.text }}</label><textarea id="r-text" ref="text" v-model="form.text" maxlength="2000" data-testid="r-text"></textarea>
            <p class="insert"><span class="soft">{{ t.replies.insert }}</span><button v-for="one in variables" :key="one.name" type="button" class="tag" :title="one.text" @click="insert(one.name)">{{ braced(one.name) }} {{ one.text }}</button></p></div>
          <div class="fields"><div class="field"><label for="r-lang">{{ t.card.language }}</label><select id="r-lang" v-model="form.lang"><option value="zh">{{ t.lang.zh }}</option><option value="en">{{ t.lang.en }}</option></select></div>
            <div class="field"><label for="r-own">{{ t.replies.whose }}</label><select id="r-own" v-model="form.team" :disabled="!for_team" data-testid="r-team"><option :value="false">{{ t.replies.own }}</option><option :value="true">{{ t.replies.team }}</option></select></div></div>
          <p class="form-error" role="alert" data-testid="reply-error">{{ complaint }}</p>
          <div class="window-do"><button v-if="form.id" type="button" class="quiet danger" @click="drop">{{ sure ? t.replies.sure : t.replies.drop }}</button><span class="bar-space"></span>
            <button type="button" class="plain" @click="$refs.form.close()">{{ t.conversation.cancel }}</button><button class="primary" data-testid="reply-save">{{ t.people.save }}</button></div>
        </form></dialog>
    </div>`,
  data() {
    return { lang: "", wanted: "", form: { ...NEW, lang: this.ui }, complaint: "", sure: false };
  },
  computed: {
    shown() {
      const wanted = this.wanted.trim().toLowerCase();
      return this.replies.filter((one) => (!this.lang || one.lang === this.lang) && (!wanted || `${one.shortcut} ${one.text} ${one.category}`.toLowerCase().includes(wanted)));
    },
    categories() {
      return [...new Set(this.replies.map((one) => one.category).filter(Boolean))];
    },
    groups() {
      const groups = new Map();
      for (const one of this.shown) groups.set(one.category, [...(groups.get(one.category) ?? []), one]);
      return [...groups].map(([name, replies]) => ({ name: name || this.t.replies.no_category, replies }));
    },
  },
  methods: {
    braced: (name) => `{${name}}`,
    open(one) {
      this.form = one ? { ...one } : { ...NEW, lang: this.lang || this.ui, team: this.for_team };
      [this.complaint, this.sure] = ["", false];
      this.$nextTick(() => this.$refs.form.showModal());
    },
    insert(name) {
      const box = this.$refs.text;
      const [from, to] = [box.selectionStart, box.selectionEnd];
      this.form.text = this.form.text.slice(0, from) + this.braced(name) + this.form.text.slice(to);
      this.$nextTick(() => (box.focus(), box.setSelectionRange(from + name.length + 2, from + name.length + 2)));
    },
    save() {
      const [form, t] = [this.form, this.t.replies];
      const known = this.variables.map((one) => one.name);
      const strange = [...form.text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).filter((name) => !known.includes(name));
      this.complaint = !/^[^\s/{}]{1,32}$/.test(form.shortcut.trim()) ? t.bad_shortcut : !form.text.trim() ? t.no_text : strange.length ? fill(t.strange, { name: this.braced(strange[0]) }) : "";
      if (!this.complaint) this.$emit("save", { ...form });
    },
    drop() {
      if (this.sure) this.$emit("drop", { id: this.form.id });
      this.sure = true;
    },
    done() {
      this.$refs.form.close();
    },
  },
};
