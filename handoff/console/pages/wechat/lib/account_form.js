import { dateTime, fill } from "baton-console";
import { freshKey, freshToken } from "./copy.js";

const NEW = { name: "", kind: "official", app_id: "", open_kfids: "", original_id: "", verified: true, sealed: true, lang: "zh", welcome: "", token: "", aes_key: "", secret: "", version: "" };
const KINDS = ["official", "unverified", "kf", "mini"];

// The form of a new or known account. Secrets that are set are never here: they are replaced or left alone.
export const AccountForm = {
  props: { t: Object, lang: String, known: Object, busy: Boolean, refused: Object },
  emits: ["save", "cancel"],
  template: `
    <form class="wx-form" novalidate data-testid="wechat-form" @submit.prevent="save">
      <fieldset v-if="!known" class="wx-kinds"><legend>{{ w.kind }}</legend><label v-for="kind in kinds" :key="kind" :class="{ on: choice === kind }"><input type="radio" name="wx-kind" :value="kind" v-model="choice" :data-testid="'wx-kind-' + kind"><b>{{ w["choose_" + kind] }}</b><small>{{ w["choose_" + kind + "_hint"] }}</small></label></fieldset>
      <div class="fields">
        <div class="field"><label for="wx-name">{{ w.name }}</label><input id="wx-name" v-model="form.name" :disabled="!!known" v-bind="plain" maxlength="32" placeholder="shop" :aria-invalid="wrong('name')" aria-describedby="wx-name-hint" data-testid="wx-name"><small id="wx-name-hint">{{ known ? w.name_fixed : w.name_hint }}</small></div>
        <div class="field"><label for="wx-id">{{ kf ? w.corp_id : w.app_id }}</label><input id="wx-id" v-model="form.app_id" :disabled="!!known" v-bind="plain" maxlength="64" :placeholder="kf ? 'ww0123456789abcdef' : 'wx0123456789abcdef'" :aria-invalid="wrong('app_id')" data-testid="wx-app-id"><small>{{ kf ? w.corp_id_hint : w.app_id_hint }}</small></div></div>
      <div v-if="kf" class="field"><label for="wx-faces">{{ w.open_kfids }}</label><textarea id="wx-faces" v-model="form.open_kfids" rows="2" v-bind="plain" placeholder="wkAJ2GCAAA0123456789" :aria-invalid="wrong('open_kfids')" data-testid="wx-faces"></textarea><small>{{ w.open_kfids_hint }}</small></div>
      <template v-for="key in secretKeys" :key="key"><div class="field wx-secret">
        <label :for="'wx-' + key">{{ key === "secret" && kf ? w.name_secret_kf : w["name_" + key] }}</label>
        <p v-if="kept(key)" class="wx-kept"><span>{{ kept(key) }}</span><button type="button" class="quiet" :data-testid="'wx-replace-' + key" @click="replacing[key] = true">{{ w.replace }}</button></p>
        <div v-else class="wx-with"><input :id="'wx-' + key" v-model="form[key]" v-bind="plain" maxlength="128" :aria-invalid="wrong(key)" :data-testid="'wx-' + key"><button v-if="key !== 'secret'" type="button" class="plain" :data-testid="'wx-make-' + key" @click="make(key)">{{ w.generate }}</button></div>
        <small v-if="!kept(key)">{{ w[key + "_hint"] }}</small></div></template>
      <details class="wx-rest"><summary>{{ w.more }}</summary>
        <fieldset v-if="!kf" class="checks"><legend>{{ w.mode }}</legend><label><input type="radio" :value="true" v-model="form.sealed"> {{ w.mode_secure }}</label><label><input type="radio" :value="false" v-model="form.sealed" data-testid="wx-plain"> {{ w.mode_plain }}</label><small v-if="!form.sealed" class="wx-danger" role="alert">{{ w.mode_plain_hint }}</small></fieldset>
        <div class="fields"><div v-if="!kf" class="field"><label for="wx-original">{{ w.original_id }}</label><input id="wx-original" v-model="form.original_id" v-bind="plain" maxlength="32" placeholder="gh_0123456789ab" :aria-invalid="wrong('original_id')" data-testid="wx-original"><small>{{ w.original_id_hint }}</small></div>
          <div class="field"><label for="wx-lang">{{ w.language }}</label><select id="wx-lang" v-model="form.lang"><option v-for="code in ['zh', 'en']" :key="code" :value="code">{{ t.lang[code] }}</option></select></div></div>
        <div class="field"><label for="wx-welcome">{{ w.welcome }}</label><textarea id="wx-welcome" v-model="form.welcome" rows="2" maxlength="600" data-testid="wx-welcome"></textarea><small>{{ w.welcome_hint }}</small></div></details>
      <p class="form-error" role="alert" data-testid="wechat-error">{{ complaint }}</p>
      <div class="window-do"><button type="button" class="plain" @click="$emit('cancel')">{{ t.conversation.cancel }}</button><button class="primary" :disabled="busy" data-testid="wechat-save">{{ busy ? w.saving : w.save }}</button></div>
    </form>`,
  data() {
    const known = this.known;
    const form = known ? { ...NEW, ...known, open_kfids: known.open_kfids.join("\n") } : { ...NEW };
    const choice = !known ? "official" : known.kind === "official" && !known.verified ? "unverified" : known.kind;
    return { form, choice, kinds: KINDS, replacing: {}, said: "", plain: { autocomplete: "off", autocapitalize: "none", spellcheck: "false" } };
  },
  computed: {
    w() {
      return this.t.wechat_page;
    },
    kf() {
      return this.choice === "kf";
    },
    secretKeys() {
      const keys = this.choice === "unverified" ? ["token", "aes_key"] : ["secret", "token", "aes_key"];
      return this.form.sealed || this.kf ? keys : keys.filter((key) => key !== "aes_key");
    },
    complaint() {
      return this.said || this.refused?.words || "";
    },
  },
  watch: {
    refused(told) {
      this.said = "";
      if (told?.field) this.lookAt(told.field);
    },
  },
  methods: {
    kept(key) {
      const secret = this.known?.secrets.find((one) => one.key === key);
      if (!secret || this.replacing[key]) return "";
      return secret.at ? fill(this.w.set_on, { at: dateTime(secret.at, this.lang) }) : this.w.set_by_hand;
    },
    wrong(field) {
      return this.refused?.field === field ? "true" : null;
    },
    make(key) {
      this.form[key] = key === "token" ? freshToken() : freshKey();
    },
    lookAt(field) {
      const ids = { name: "wx-name", app_id: "wx-id", open_kfids: "wx-faces", original_id: "wx-original", welcome: "wx-welcome" };
      const place = document.getElementById(ids[field] ?? `wx-${field}`);
      const hidden = place?.closest("details");
      if (hidden) hidden.open = true;
      place?.focus();
    },
    save() {
      const form = this.form;
      this.said = form.name.trim() && form.app_id.trim() ? "" : this.w.bad_empty;
      if (this.said) return this.lookAt(form.name.trim() ? "app_id" : "name");
      const kind = this.choice === "unverified" ? "official" : this.choice;
      const faces = form.open_kfids.split(/[\s,，、;；]+/).filter(Boolean);
      const told = { name: form.name.trim(), kind, app_id: form.app_id.trim(), open_kfids: faces, original_id: form.original_id.trim(), verified: this.choice !== "unverified", sealed: form.sealed || this.kf, lang: form.lang, welcome: form.welcome, version: form.version };
      for (const key of ["secret", "token", "aes_key"]) told[key] = this.secretKeys.includes(key) && !this.kept(key) ? form[key].trim() : "";
      this.$emit("save", told);
    },
  },
};
