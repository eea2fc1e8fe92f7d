import { dateTime, fill } from "baton-console";

const CHECK_AFTER = 300; // milliseconds after the last key
const AVATAR_EDGE = 192;

export default {
  props: { t: Object, lang: String, ui: String, origin: String, usual: Object, limits: Object, secrets: Number, fixed_sites: Array, look: Object, version: Number, versions: Array },
  emits: ["check", "save"],
  template: `
    <div class="widget-page" data-testid="widget-page">
      <div class="page-head"><div><h1>{{ t.widget.heading }}</h1><p>{{ t.widget.lead }}</p></div>
        <button v-if="changed" type="button" class="plain" data-testid="widget-undo" @click="take(look)">{{ t.hours.undo }}</button>
        <button type="button" class="primary" :disabled="!changed" data-testid="widget-save" @click="$emit('save', { look: ready, version: began })">{{ t.people.save }}</button></div>
      <div class="widget-split"><div class="widget-form">
        <section class="panel"><h2>{{ t.widget.look }}</h2>
          <div class="fields"><div class="field"><label for="w-color">{{ t.widget.color }}</label>
              <div class="colour"><input type="color" :value="valid ? draft.color : '#000000'" :aria-label="t.widget.color" data-testid="w-colour" @input="draft.color = $event.target.value"><input id="w-color" v-model.trim="draft.color" maxlength="7" spellcheck="false" autocomplete="off" aria-describedby="w-contrast" data-testid="w-color"></div>
              <small id="w-contrast" role="status" data-testid="w-contrast" :class="{ danger: better }"><template v-if="found.ratio">{{ says(better ? 'contrast_low' : 'contrast', { ratio: found.ratio }) }}</template>
                <button v-if="better" type="button" class="quiet small" data-testid="w-better" @click="draft.color = better"><i class="swatch" :style="{ background: better }"></i> {{ says('use', { color: better }) }}</button></small>
              <small v-if="wrong('color') && !better" class="danger" role="alert">{{ found.problem }}</small></div>
            <div class="field"><span>{{ t.widget.avatar }}</span><div class="avatar-pick"><img v-if="picture" :src="picture" alt="" width="56" height="56" data-testid="w-avatar-shown"><span v-else class="avatar-none" aria-hidden="true"><svg viewBox="0 0 24 24" width="28" height="28"><path d="M12 20.5V11M12 13.5C12 8.8 8.6 6.3 4.5 6.2c0 4.6 2.7 7.3 7.5 7.3zM12 11c.1-4.3 3-7 7.5-7.2.2 4.7-2.8 7.3-7.5 7.2z"/></svg></span>
                <input ref="file" class="unseen" type="file" accept="image/png,image/jpeg,image/webp,image/gif" tabindex="-1" :aria-label="t.widget.avatar" data-testid="w-avatar" @change="chosen"><button type="button" class="plain" @click="$refs.file.click()">{{ t.widget.choose }}</button><button v-if="draft.avatar" type="button" class="quiet" @click="draft.avatar = ''">{{ t.widget.remove }}</button></div>
              <small v-if="wrong('avatar') || unreadable" class="danger" role="alert" data-testid="w-avatar-bad">{{ unreadable || found.problem }}</small><small v-else>{{ t.widget.avatar_hint }}</small></div></div>
          <div class="fields"><div v-for="one in choices" :key="one.name" class="field"><label :for="'w-' + one.name">{{ t.widget[one.name] }}</label><select :id="'w-' + one.name" v-model="draft[one.name]" :data-testid="'w-' + one.name"><option v-for="value in one.values" :key="value" :value="value">{{ t.widget[one.name + "_" + value] }}</option></select></div></div></section>
        <section class="panel"><h2>{{ t.widget.words }}</h2><p>{{ t.widget.words_hint }}</p>
          <div class="tabs in-panel" role="tablist" :aria-label="t.widget.words" @keydown="turn"><button v-for="one in ['zh', 'en']" :key="one" type="button" role="tab" :id="'w-tab-' + one" :aria-selected="String(speaks === one)" :tabindex="speaks === one ? 0 : -1" aria-controls="w-words" :data-testid="'w-' + one" @click="speaks = one">{{ t.lang[one] }}</button></div>
          <div id="w-words" role="tabpanel" :aria-labelledby="'w-tab-' + speaks">
            <div class="field"><label for="w-title">{{ t.widget.title }}</label><input id="w-title" v-model="words.title" :maxlength="limits.title" :placeholder="usual[speaks].title" autocomplete="off" data-testid="w-title"></div>
            <div class="field"><label for="w-greeting">{{ t.widget.greeting }}</label><textarea id="w-greeting" v-model="words.greeting" :maxlength="limits.greeting" :placeholder="usual[speaks].greeting" rows="3" data-testid="w-greeting"></textarea></div>
            <div class="field"><label for="w-suggestions">{{ t.widget.suggestions }}</label><textarea id="w-suggestions" :value="words.suggestions.join('\\n')" :placeholder="usual[speaks].suggestions.split('|').join('\\n')" rows="4" data-testid="w-suggestions" @input="words.suggestions = $event.target.value.split('\\n')"></textarea><small :class="{ danger: wrong('suggestions') }" :role="wrong('suggestions') ? 'alert' : null" data-testid="w-suggestions-say">{{ wrong("suggestions") ? found.problem : says("suggestions_hint", limits) }}</small></div></div></section>
        <section class="panel"><h2>{{ t.widget.sites }}</h2><p>{{ t.widget.sites_hint }}</p>
          <div class="field"><label class="unseen" for="w-sites">{{ t.widget.sites }}</label><textarea id="w-sites" class="code" :value="draft.sites.join('\\n')" rows="3" spellcheck="false" placeholder="https://shop.example.com" data-testid="w-sites" @input="draft.sites = $event.target.value.split('\\n')"></textarea><small v-if="wrong('sites')" class="danger" role="alert" data-testid="w-sites-bad">{{ found.problem }}</small></div>
          <p v-if="fixed_sites.length" class="soft">{{ says("fixed_sites", { sites: fixed_sites.join(" ") }) }}</p>
          <p data-testid="w-identity"><span class="tag" :class="secrets ? 'good' : 'warn'">{{ secrets ? t.widget.identity_on : t.widget.identity_off }}</span> {{ says(secrets ? "identity_is" : "identity_hint", { count: secrets }) }}</p></section>
        <section class="panel"><h2>{{ t.widget.embed }}</h2><p>{{ t.widget.embed_hint }}</p>
          <div v-for="one in snippets" :key="one.name" class="snippet"><span>{{ t.widget[one.name] }}</span><pre tabindex="0" :data-testid="'w-' + one.name">{{ one.text }}</pre><button type="button" class="plain" :data-testid="'w-copy-' + one.name" @click="copy(one)">{{ copied === one.name ? t.composer.copied : t.composer.copy }}</button></div></section>
        <section v-if="versions.length" class="panel"><h2>{{ t.hours.versions }}</h2>
          <ul class="rows"><li v-for="one in versions" :key="one.version" data-testid="w-version"><div><strong>{{ one.version }}</strong> · {{ one.author }} <small>{{ when(one.at) }}</small></div><button type="button" class="quiet" @click="take(one.look, true)">{{ t.hours.load }}</button></li></ul></section>
      </div>
      <aside class="widget-preview" :aria-label="t.widget.preview"><div class="preview-head"><strong>{{ t.widget.preview }}</strong><span class="bar-space"></span><label class="tick"><input type="checkbox" v-model="phone" data-testid="w-phone"> {{ t.widget.phone }}</label></div>
        <div class="preview-box" :class="{ phone }"><iframe ref="shop" :title="t.widget.preview" src="../demo/preview.html" data-testid="w-preview" @load="show"></iframe></div><small class="soft">{{ t.widget.preview_hint }}</small></aside></div>
    </div>`,
  data() {
    return { draft: copyOf(this.look), began: this.version, speaks: this.ui, found: { place: "", problem: "", ratio: null, better: "" }, phone: false, copied: "", unreadable: "" };
  },
  computed: {
    words() {
      return this.draft.words[this.speaks];
    },
    valid() {
      return /^#[0-9a-f]{6}$/i.test(this.draft.color);
    },
    better() {
      return this.found.better;
    },
    picture() {
      const kept = this.draft.avatar;
      return kept && (kept.startsWith("data:") ? kept : `data:image/webp;base64,${kept}`);
    },
    // What would be saved: without empty lines.
    ready() {
      const full = (lines) => lines.map((one) => one.trim()).filter(Boolean);
      const spoken = Object.entries(this.draft.words).map(([lang, one]) => [lang, { ...one, suggestions: full(one.suggestions) }]);
      return { ...this.draft, words: Object.fromEntries(spoken), sites: full(this.draft.sites) };
    },
    changed() {
      return JSON.stringify(this.ready) !== JSON.stringify(this.look);
    },
    choices() {
      return [
        { name: "position", values: ["right", "left"] },
        { name: "theme", values: ["auto", "light", "dark"] },
        { name: "lang", values: ["auto", "zh", "en"] },
      ];
    },
    snippets() {
      const socket = this.origin.replace(/^http/, "ws");
      return [
        { name: "code", text: `<script src="${this.origin}/widget.js" defer></` + "script>" },
        { name: "policy", text: `script-src ${this.origin}; connect-src ${this.origin} ${socket}; img-src ${this.origin} blob: https:` },
      ];
    },
  },
  watch: {
    ready: {
      deep: true,
      immediate: true,
      handler() {
        this.show();
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.$emit("check", { look: this.ready }), CHECK_AFTER);
      },
    },
    speaks() {
      this.show();
    },
    look(now, before) {
      // Somebody else has saved: what is being written here stays, and saving it will say so.
      if (JSON.stringify(this.ready) === JSON.stringify(before)) this.take(now);
    },
  },
  beforeUnmount() {
    clearTimeout(this.timer);
  },
  methods: {
    says(key, values) {
      return fill(this.t.widget[key], values);
    },
    wrong(place) {
      return this.found.place === place;
    },
    take(look, old = false) {
      this.draft = copyOf(look);
      if (!old) this.began = this.version;
    },
    checked(found) {
      this.found = found;
    },
    saved() {
      this.take(this.look);
    },
    turn(event) {
      if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
      this.speaks = this.speaks === "zh" ? "en" : "zh";
      this.$nextTick(() => document.getElementById(`w-tab-${this.speaks}`).focus());
    },
    // The preview is the real widget; it is told what is not saved yet.
    show() {
      const own = this.ready.words[this.speaks];
      const usual = this.usual[this.speaks];
      this.$refs.shop?.contentWindow?.postMessage({
        color: this.valid ? this.draft.color : "", position: this.draft.position, theme: this.draft.theme, lang: this.speaks,
        title: own.title || usual.title, greeting: own.greeting || usual.greeting, suggestions: own.suggestions.join("|") || usual.suggestions, avatar: this.picture,
      }, location.origin);
    },
    async chosen(event) {
      const [file] = event.target.files;
      event.target.value = "";
      if (!file) return;
      try {
        // Made small here, so that little travels; the server draws it anew all the same.
        const image = await createImageBitmap(file);
        const edge = Math.min(image.width, image.height);
        const canvas = Object.assign(document.createElement("canvas"), { width: AVATAR_EDGE, height: AVATAR_EDGE });
        canvas.getContext("2d").drawImage(image, (image.width - edge) / 2, (image.height - edge) / 2, edge, edge, 0, 0, AVATAR_EDGE, AVATAR_EDGE);
        [this.draft.avatar, this.unreadable] = [canvas.toDataURL("image/png"), ""];
      } catch {
        this.unreadable = this.t.widget.avatar_bad;
      }
    },
    async copy(one) {
      await navigator.clipboard?.writeText(one.text);
      this.copied = one.name;
    },
    when(at) {
      return dateTime(at, this.lang);
    },
  },
};

function copyOf(look) {
  return JSON.parse(JSON.stringify(look));
}
