import { caller, debounced } from "baton-editor/api.js";
import { EntryForm } from "baton-editor/entry_form.js";
import { EntryList } from "baton-editor/entry_list.js";
import { GapList, Outcomes } from "baton-editor/gaps.js";
import { GateWindow } from "baton-editor/gate.js";
import { HistoryWindow } from "baton-editor/history.js";
import { Preview } from "baton-editor/preview.js";
import { TrySearch } from "baton-editor/try_search.js";

const TABS = ["entries", "gaps", "try", "outcomes"];
const CHECK_AFTER = 350;
const BLANK = {
  id: "", question: "", answer: "", variants: [], lang: "zh", category: "", tags: [], valid_from: null, valid_until: null, owner: "",
  reviewed: null, status: "published", followups: [], sensitive: false, answer_wechat: "", images: [], links: [], buttons: [], alike: [],
};

export default {
  components: { EntryForm, EntryList, GapList, GateWindow, HistoryWindow, Outcomes, Preview, TrySearch },
  props: { t: Object, csrf: String, lang: String },
  template: `
    <div class="ed" data-testid="editor">
      <div class="ed-tabs" role="tablist" :aria-label="t.editor.heading" @keydown="turn">
        <button v-for="name in tabs" :key="name" :id="'ed-tab-' + name" type="button" role="tab" :aria-selected="String(tab === name)" :tabindex="tab === name ? 0 : -1"
          aria-controls="ed-panel" :data-testid="'tab-' + name" @click="tab = name">{{ t.editor[name] }}</button></div>
      <p v-if="broken.length" class="ed-problem" role="alert" data-testid="broken">{{ t.editor.broken }}
        <span v-for="one in broken" :key="one.path + one.line"><code>{{ one.path }}:{{ one.line }}</code> {{ one.message }}</span></p>
      <p v-if="down" class="ed-problem ed-down" role="alert" data-testid="down">{{ down }} <button type="button" class="plain" data-testid="again" :disabled="loading" @click="load">{{ t.editor.again }}</button></p>
      <p class="unseen" role="status">{{ told }}</p>
      <p v-if="told" class="ed-told" :class="{ bad: toldBad }" data-testid="told">{{ told }} <button type="button" class="quiet" :aria-label="t.editor.close" @click="told = ''">×</button></p>
      <div id="ed-panel" role="tabpanel" class="ed-panel" :class="'shows-' + tab" :aria-labelledby="'ed-tab-' + tab">
        <div v-show="tab === 'entries' && (ready || !down)" class="ed-columns" :class="{ open: draft }">
          <entry-list ref="list" :t="t" :entries="entries" :selected="draft?.entry_id" :ready="ready" @open="open" @fresh="fresh()"/>
          <section v-if="draft" class="ed-work" :aria-label="t.editor.edit">
            <div class="ed-work-head"><button type="button" class="quiet narrow-only" data-testid="ed-back" @click="leave">‹ {{ t.editor.entries }}</button>
              <h1>{{ fields.question || t.editor.new_entry }}</h1>
              <button v-if="draft.entry_id" type="button" class="quiet" data-testid="show-history" @click="look">{{ t.editor.history }}</button>
              <button type="button" class="quiet" data-testid="rehearse" :disabled="busy || errors" @click="rehearse">{{ t.editor.rehearse }}</button>
              <button type="button" class="primary" data-testid="publish" :disabled="busy || errors || !dirty" @click="publish('')">{{ fields.status === 'draft' ? t.editor.save_draft : t.editor.publish }}</button></div>
            <div v-if="stale" class="ed-problem" role="alert" data-testid="conflict"><p>{{ t.editor.conflict }}</p>
              <pre v-if="theirs" class="words">{{ theirs.section }}</pre>
              <button type="button" class="plain" data-testid="take-theirs" @click="takeTheirs">{{ t.editor.take_theirs }}</button>
              <button v-if="theirs" type="button" class="plain" data-testid="keep-mine" @click="keepMine">{{ t.editor.keep_mine }}</button></div>
            <p v-if="problem" class="ed-problem" role="alert" data-testid="problem">{{ problem }}</p>
            <entry-form :key="serial" :t="t" :fields="fields" :section="section" :mode="mode" :is-new="!draft.entry_id" :path="draft.path" :files="files" :entries="entries" :categories="categories"
              @fields="typedFields" @section="typedSection" @mode="mode = $event" @path="typedPath"/>
          </section>
          <p v-else class="ed-work empty big wide-only"><strong>{{ t.editor.choose }}</strong>{{ t.editor.choose_hint }}</p>
          <preview v-if="draft" :t="t" :entry="fields.id" :question="fields.question" :preview="seen" :findings="findings" :checking="checking"/>
        </div>
        <gap-list v-if="tab === 'gaps'" :t="t" :call="call" :lang="lang" @write="writeGap" @join="joinGap" @open="open" @tell="tell"/>
        <try-search v-if="tab === 'try'" :t="t" :call="call" @open="open" @tell="tell"/>
        <outcomes v-if="tab === 'outcomes'" :t="t" :call="call" :entries="entries" @open="open"/>
      </div>
      <gate-window v-if="gate" :t="t" :gate="gate" :busy="busy" @publish="publish" @leave="gate = null"/>
      <history-window v-if="history" :t="t" :history="history" :section="section" :lang="lang" @take="takeBack" @leave="history = null"/>
    </div>`,
  data() {
    return {
      tab: TABS.includes(location.hash.slice(1)) ? location.hash.slice(1) : "entries", tabs: TABS, entries: [], files: [], broken: [], ready: false, down: "", loading: false, told: "", toldBad: false,
      draft: null, fields: { ...BLANK }, section: "", mode: "form", saved: "", confirmed: [], serial: 0,
      findings: [], errors: false, stale: false, theirs: null, seen: null, checking: false, busy: false, problem: "", gate: null, history: null,
    };
  },
  computed: {
    categories() {
      return [...new Set(this.entries.map((entry) => entry.category).filter(Boolean))].sort();
    },
    dirty() {
      return this.draft !== null && this.state() !== this.saved;
    },
  },
  watch: {
    tab(now) {
      const url = new URL(location.href);
      url.hash = now === TABS[0] ? "" : now;
      history.replaceState(history.state, "", url);
      document.getElementById("ed-tab-" + now)?.scrollIntoView({ block: "nearest", inline: "nearest" });
    },
  },
  created() {
    this.call = caller(this.csrf, this.lang);
    this.checkSoon = debounced(() => this.check(), CHECK_AFTER);
  },
  async mounted() {
    window.addEventListener("beforeunload", this.onLeave);
    window.addEventListener("keydown", this.onKey);
    window.addEventListener("hashchange", this.onHash);
    await this.load();
    const wanted = new URL(location.href).searchParams.get("entry");
    if (wanted) await this.open(wanted);
    const question = new URL(location.href).searchParams.get("question");
    if (question) this.fresh({ question: question.slice(0, 400) });
  },
  unmounted() {
    window.removeEventListener("beforeunload", this.onLeave);
    window.removeEventListener("keydown", this.onKey);
    window.removeEventListener("hashchange", this.onHash);
  },
  methods: {
    state() {
      return this.mode === "markdown" ? this.section : JSON.stringify(this.fields);
    },
    tell(message, bad = false) {
      this.told = message;
      this.toldBad = bad;
    },
    refused(error) {
      return error.code === "offline" ? this.t.editor.offline : [error.message, error.reason].filter(Boolean).join(" ") || this.t.editor.offline;
    },
    async load() {
      this.loading = true;
      try {
        const found = await this.call("GET", "overview");
        const own = (entry) => (this.lang.startsWith(entry.lang) ? 0 : 1);
        this.entries = found.entries.sort((a, b) => own(a) - own(b));
        this.files = found.files;
        this.broken = found.findings.filter((one) => one.level === "error");
        Object.assign(this, { down: "", ready: true });
      } catch (error) {
        this.down = this.refused(error);
      }
      this.loading = false;
    },
    mayLeave() {
      return !this.dirty || window.confirm(this.t.editor.discard);
    },
    async open(id) {
      if (!this.mayLeave()) return;
      this.tab = "entries";
      await this.read(id);
    },
    async read(id, keepWords = false) {
      try {
        const found = await this.call("GET", "entries/" + encodeURIComponent(id));
        const draft = { path: found.path, entry_id: id, version: found.version };
        if (keepWords && this.dirty) this.draft = draft;
        else this.show(draft, found);
      } catch (error) {
        this.tell(this.refused(error), true);
      }
    },
    show(draft, found) {
      Object.assign(this, { draft, fields: found.fields ?? { ...BLANK }, section: found.section, confirmed: [], stale: false, theirs: null, problem: "", gate: null });
      this.take(found);
      this.serial += 1;
      this.saved = this.state();
      this.place(draft.entry_id);
    },
    take(found) {
      this.findings = found.findings;
      this.errors = found.errors;
      this.seen = found.preview;
    },
    place(id) {
      const url = new URL(location.href);
      if (id) url.searchParams.set("entry", id);
      else url.searchParams.delete("entry");
      history.replaceState(history.state, "", url);
    },
    fresh(fields = {}, confirmed = []) {
      if (!this.mayLeave()) return;
      const lang = fields.lang ?? this.lang.slice(0, 2);
      const path = this.files.find((file) => file.startsWith(lang + "/")) ?? lang + "/new.md";
      const draft = { path, entry_id: null, version: null };
      this.show(draft, { fields: { ...BLANK, lang, ...fields }, section: "", findings: [], errors: true, preview: null });
      Object.assign(this, { mode: "form", confirmed, tab: "entries", saved: "" });
      this.check();
    },
    leave() {
      if (!this.mayLeave()) return;
      this.draft = null;
      this.place(null);
    },
    typedFields(fields) {
      this.fields = fields;
      this.checkSoon();
    },
    typedSection(section) {
      this.section = section;
      this.checkSoon();
    },
    typedPath(path) {
      this.draft = { ...this.draft, path };
      this.checkSoon();
    },
    body() {
      return { ...this.draft, ...(this.mode === "markdown" ? { section: this.section } : { fields: this.fields }) };
    },
    async check() {
      if (!this.draft) return;
      const [serial, asked] = [this.serial, this.state()];
      this.checking = true;
      try {
        const found = await this.call("POST", "check", this.body());
        if (serial !== this.serial || asked !== this.state()) return;
        this.take(found);
        this.problem = "";
        if (this.mode === "form") this.section = found.section;
        else if (found.fields) this.fields = found.fields;
        // A new entry goes to the end of whatever its file holds now; an opened one must not meet another text.
        if (!this.draft.entry_id) this.draft.version = found.version;
        else if (found.stale && !this.stale) await this.conflict();
      } catch (error) {
        if (serial !== this.serial) return;
        if (error.code === "edit_conflict") await this.conflict();
        else Object.assign(this, { problem: this.refused(error), errors: true });
      } finally {
        this.checking = false;
      }
    },
    async conflict() {
      this.stale = true;
      this.theirs = null;
      if (!this.draft.entry_id) return;
      try {
        this.theirs = await this.call("GET", "entries/" + encodeURIComponent(this.draft.entry_id));
      } catch {
        // Taken out or renamed: there is nothing of theirs to show.
      }
    },
    async takeTheirs() {
      this.saved = this.state();
      if (this.theirs) await this.open(this.draft.entry_id);
      else this.leave();
      await this.load();
    },
    keepMine() {
      this.draft = { ...this.draft, path: this.theirs.path, version: this.theirs.version };
      Object.assign(this, { stale: false, theirs: null });
      this.check();
    },
    async rehearse() {
      await this.asking(async () => {
        this.gate = await this.call("POST", "rehearse", this.body());
      });
    },
    async publish(override) {
      await this.asking(async () => {
        const done = await this.call("POST", "publish", { ...this.body(), override, confirmed: this.confirmed });
        this.gate = done.published ? null : done;
        if (done.published) await this.published(done);
      });
    },
    async published(done) {
      const [id, serial] = [this.fields.id, this.serial];
      this.saved = this.state();
      this.confirmed = [];
      const changed = done.report?.changes?.length ?? 0;
      const text = this.fields.status === "draft" ? this.t.editor.draft_saved : done.live ? this.t.editor.published_live : this.t.editor.published;
      const more = changed ? " " + this.t.editor.changed_answers.replace("{count}", changed) : "";
      this.tell(text + more + (done.kept_in_git === false ? " " + this.t.editor.not_in_git : ""));
      await this.load();
      // Whoever has gone to another tab or entry meanwhile stays there, and whoever typed on keeps the words.
      if (this.draft && serial === this.serial) await this.read(id, true);
    },
    async asking(work) {
      this.busy = true;
      this.problem = "";
      try {
        if (this.mode === "markdown" || !this.draft.entry_id) await this.check();
        await work();
      } catch (error) {
        this.gate = null;
        if (error.code === "edit_conflict") await this.conflict();
        else this.problem = this.refused(error);
        if (error.findings) this.take({ findings: error.findings, errors: true, preview: this.seen });
      } finally {
        this.busy = false;
      }
    },
    async look() {
      try {
        this.history = await this.call("GET", "entries/" + encodeURIComponent(this.draft.entry_id) + "/history");
      } catch (error) {
        this.tell(this.refused(error), true);
      }
    },
    takeBack(section) {
      Object.assign(this, { history: null, mode: "markdown", section });
      this.check();
    },
    writeGap(gap) {
      const words = gap.questions.map((one) => one.question);
      const answer = gap.draft ?? "";
      this.fresh({ question: words[0], variants: words.slice(1, 10), answer, lang: gap.lang, status: answer ? "draft" : "published" }, words.slice(0, 20));
    },
    async joinGap(gap) {
      await this.open(gap.nearest.id);
      if (this.draft?.entry_id !== gap.nearest.id) return;
      const words = gap.questions.map((one) => one.question);
      const variants = [...new Set([...this.fields.variants, ...words])].filter((one) => one !== this.fields.question);
      this.confirmed = words.slice(0, 20);
      this.mode = "form";
      this.typedFields({ ...this.fields, variants });
    },
    turn(event) {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      this.tab = TABS[(TABS.indexOf(this.tab) + step + TABS.length) % TABS.length];
      this.$nextTick(() => document.getElementById("ed-tab-" + this.tab).focus());
    },
    onKey(event) {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s" || !this.draft) return;
      event.preventDefault();
      if (!this.busy && !this.errors && this.dirty) this.publish("");
    },
    onHash() {
      const name = location.hash.slice(1) || TABS[0];
      if (TABS.includes(name)) this.tab = name;
    },
    onLeave(event) {
      if (this.dirty) event.preventDefault();
    },
  },
};
