import { browserOf, dateTime, fill } from "baton-console";

const ROLES = ["agent", "editor", "supervisor", "admin"];
const NEW = { name: "", display_name: "", role: "agent", cap: 5, skills: "", langs: [], password: "" };

export default {
  props: { t: Object, lang: String, me: String, people: Array, sessions: Array, skills: Array },
  emits: ["add", "change", "password", "state", "factor", "sessions", "revoke"],
  template: `
    <div data-testid="people">
      <div class="page-head"><div><h1>{{ t.nav.people }}</h1><p>{{ t.people.lead }}</p></div>
        <input type="search" class="search" v-model="wanted" :placeholder="t.people.search" :aria-label="t.people.search" data-testid="people-search">
        <button type="button" class="primary" data-testid="person-new" @click="open('add', null)">{{ t.people.add }}</button></div>
      <div class="sheet-wrap" tabindex="0" role="region" :aria-label="t.nav.people"><table class="sheet cards">
        <thead><tr><th>{{ t.people.person }}</th><th>{{ t.people.role }}</th><th>{{ t.people.gets }}</th><th class="number">{{ t.people.load }}</th><th>{{ t.people.state }}</th><th><span class="unseen">{{ t.people.actions }}</span></th></tr></thead>
        <tbody><tr v-for="one in shown" :key="one.id" :data-person="one.name" data-testid="person" :class="{ off: one.disabled }">
          <td :data-label="t.people.person"><strong>{{ one.display_name }}</strong><br><small>{{ one.name }}</small></td>
          <td :data-label="t.people.role">{{ t.role[one.role] }}</td>
          <td :data-label="t.people.gets"><span v-for="skill in one.skills" :key="skill" class="tag">{{ skill }}</span> <span v-if="!one.skills.length" class="soft">{{ t.people.all_skills }}</span>
            <br><small>{{ one.langs.length ? one.langs.map((l) => t.lang[l] ?? l).join(" · ") : t.people.all_langs }}</small></td>
          <td class="number" :data-label="t.people.load">{{ one.load }} / {{ one.cap }}</td>
          <td :data-label="t.people.state"><span class="tag" :class="one.disabled ? 'bad' : 'good'">{{ one.disabled ? t.people.disabled : t.people.enabled }}</span>
            <span v-if="one.factor" class="tag">{{ t.people.factor }}</span></td>
          <td class="row-do"><button type="button" class="plain" data-testid="person-edit" :aria-label="t.people.edit + ' ' + one.display_name" @click="open('change', one)">{{ t.people.edit }}</button></td>
        </tr></tbody></table>
        <p v-if="!shown.length" class="empty">{{ t.people.none }}</p></div>
      <dialog ref="form" class="window wide" data-testid="person-window" :aria-label="title" @close="task = null"><template v-if="task">
        <h2>{{ title }}</h2>
        <form @submit.prevent="save" novalidate>
          <div class="fields"><div class="field"><label for="p-name">{{ t.people.name }}</label><input id="p-name" v-model="form.name" :disabled="task !== 'add'" maxlength="64" autocomplete="off" autocapitalize="none" spellcheck="false" data-testid="p-name"></div>
            <div class="field"><label for="p-display">{{ t.people.display_name }}</label><input id="p-display" v-model="form.display_name" maxlength="64" autocomplete="off" data-testid="p-display"></div></div>
          <div class="fields"><div class="field"><label for="p-role">{{ t.people.role }}</label><select id="p-role" v-model="form.role" data-testid="p-role"><option v-for="role in roles" :key="role" :value="role">{{ t.role[role] }}</option></select><small>{{ t.people["can_" + form.role] }}</small></div>
            <div class="field"><label for="p-cap">{{ t.people.capacity }}</label><input id="p-cap" type="number" min="1" max="100" v-model.number="form.cap" data-testid="p-cap"></div></div>
          <div class="field"><label for="p-skills">{{ t.people.skills }}</label><input id="p-skills" v-model="form.skills" list="known-skills" maxlength="400" autocomplete="off" data-testid="p-skills"><datalist id="known-skills"><option v-for="skill in skills" :key="skill" :value="skill"/></datalist><small>{{ t.people.skills_hint }}</small></div>
          <fieldset class="checks"><legend>{{ t.people.langs }}</legend><label v-for="lang in ['zh', 'en']" :key="lang"><input type="checkbox" :value="lang" v-model="form.langs"> {{ t.lang[lang] }}</label><small>{{ t.people.langs_hint }}</small></fieldset>
          <div v-if="task === 'add'" class="field"><label for="p-password">{{ t.people.first_password }}</label><input id="p-password" type="text" v-model="form.password" autocomplete="off" spellcheck="false" maxlength="1000" data-testid="p-password"><small>{{ t.people.password_hint }}</small></div>
          <p class="form-error" role="alert" data-testid="person-error">{{ complaint }}</p>
          <div class="window-do"><button type="button" class="plain" @click="$refs.form.close()">{{ t.conversation.cancel }}</button><button class="primary" data-testid="person-save">{{ t.people.save }}</button></div>
        </form>
        <template v-if="task === 'change'">
          <hr><h3>{{ t.people.password }}</h3>
          <form class="inline-form" @submit.prevent="reset" novalidate><div class="field"><label for="p-reset">{{ t.people.new_password }}</label><input id="p-reset" type="text" v-model="fresh" autocomplete="off" spellcheck="false" maxlength="1000" data-testid="p-reset"></div><button class="plain" data-testid="person-reset">{{ t.people.reset }}</button></form>
          <h3>{{ t.account.sessions }}</h3>
          <ul class="rows"><li v-for="one in sessions" :key="one.id" data-testid="session"><div><strong>{{ browser(one) }}</strong> <span v-if="one.current" class="tag good">{{ t.account.here }}</span><small>{{ one.address }} · {{ t.account.seen }} {{ when(one.seen) }}</small></div>
            <button type="button" class="quiet danger" @click="$emit('revoke', { person: person.id, id: one.id })">{{ t.account.end }}</button></li></ul>
          <p v-if="!sessions.length" class="soft">{{ t.people.no_sessions }}</p>
          <div class="window-more"><button v-if="person.factor" type="button" class="plain" data-testid="person-factor" @click="sure('factor')">{{ t.people.remove_factor }}</button>
            <button v-if="person.id !== me" type="button" class="plain" :class="{ danger: !person.disabled }" data-testid="person-state" @click="sure('state')">{{ person.disabled ? t.people.enable : t.people.disable }}</button></div>
          <div v-if="asked" class="ask-again" role="alert"><span>{{ question }}</span><button type="button" class="plain" @click="asked = null">{{ t.conversation.cancel }}</button><button type="button" class="primary" data-testid="person-sure" @click="go">{{ t.conversation.confirm }}</button></div>
        </template></template></dialog>
    </div>`,
  data() {
    return { task: null, person: null, form: { ...NEW }, fresh: "", complaint: "", asked: null, wanted: "", roles: ROLES };
  },
  computed: {
    shown() {
      const wanted = this.wanted.trim().toLowerCase();
      return this.people.filter((one) => !wanted || `${one.name} ${one.display_name} ${one.skills.join(" ")}`.toLowerCase().includes(wanted));
    },
    title() {
      return this.task === "add" ? this.t.people.add : this.task ? fill(this.t.people.edit_title, { name: this.person.display_name }) : "";
    },
    question() {
      const key = this.asked === "factor" ? "ask_factor" : this.person.disabled ? "ask_enable" : "ask_disable";
      return fill(this.t.people[key], { name: this.person.display_name, count: this.person.load });
    },
  },
  methods: {
    open(task, person) {
      [this.task, this.person, this.fresh, this.complaint, this.asked] = [task, person, "", "", null];
      this.form = person ? { ...person, skills: person.skills.join(", "), langs: [...person.langs], password: "" } : { ...NEW, langs: [] };
      if (person) this.$emit("sessions", { id: person.id });
      this.$nextTick(() => this.$refs.form.showModal());
    },
    save() {
      const [form, t] = [this.form, this.t.people];
      const named = form.name.trim() && (this.task === "add" || form.display_name.trim());
      const able = Number.isInteger(form.cap) && form.cap >= 1 && form.cap <= 100;
      this.complaint = !named ? t.name_missing : !able ? t.bad_capacity : this.task === "add" && form.password.length < 10 ? this.t.account.too_short : "";
      if (this.complaint) return;
      const skills = form.skills.split(/[,，、;；]/).map((s) => s.trim()).filter(Boolean);
      this.$emit(this.task, { ...form, name: form.name.trim(), display_name: form.display_name.trim(), skills });
    },
    reset() {
      this.complaint = this.fresh.length < 10 ? this.t.account.too_short : "";
      if (!this.complaint) this.$emit("password", { name: this.person.name, password: this.fresh });
    },
    sure(what) {
      this.asked = what;
    },
    go() {
      const name = this.person.name;
      if (this.asked === "factor") this.$emit("factor", { name });
      else this.$emit("state", { name, disabled: !this.person.disabled });
    },
    done() {
      this.$refs.form.close();
    },
    when(at) {
      return dateTime(at, this.lang);
    },
    browser(one) {
      return browserOf(one.browser) || this.t.account.unknown_browser;
    },
  },
};
