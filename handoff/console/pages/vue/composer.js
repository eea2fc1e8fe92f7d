import { ReplyPalette, FileTray, WordingCheck, brokenRules, commands, fill, freshId, isTyping, store, timeOf, watchConnection } from "baton-console";

const PATIENCE = 8000; // milliseconds without an answer until the agent is told
const TYPING_EVERY = 3000;
const CATCH_UP_AGAIN = 3000;
const VARIABLE = /\{(customer|agent|order_number|phone|ticket)\}/;

export default {
  components: { FileTray, ReplyPalette, WordingCheck },
  props: {
    t: Object, head: Object, agent: String, csrf: String, lang: String, overrules: Boolean, suggestions: Array, suggest_state: String,
    replies: Array, rules: Array, values: Object, sending: Object, mood: String,
  },
  emits: ["send", "typing", "catch_up", "texts"],
  template: `
    <section v-if="head" class="composer" :class="{ noting: mine && note, shut: !mine }" @dragover.prevent @drop.prevent="dropped">
      <template v-if="mine || head.state === 'queued'">
        <div class="suggest" v-if="suggest_state !== 'none'" :aria-label="t.suggest.heading" role="group">
          <span class="suggest-title">{{ t.suggest.heading }}</span>
          <span v-if="suggest_state !== 'ready'" class="suggest-state" role="status">{{ t.suggest[suggest_state] }}</span>
          <button v-for="(one, n) in suggestions" :key="one.id" type="button" class="suggestion" data-testid="suggestion" :disabled="!mine"
            :title="t.suggest.insert + ': ' + one.answer" @click="insert(one)">
            <kbd class="wide-only" aria-hidden="true">{{ n + 1 }}</kbd><span>{{ one.question }}</span><small>{{ Math.round(one.score * 100) }}%</small></button>
        </div></template>
      <template v-if="mine">
        <p v-if="quota" class="quota" :class="{ low: quotaLow }" data-testid="quota">{{ quota }}</p>
        <div class="modes" role="group" :aria-label="t.composer.mode"><button type="button" :aria-pressed="String(!note)" data-testid="mode-reply" @click="note = false">{{ t.composer.reply_mode }}</button>
          <button type="button" :aria-pressed="String(note)" data-testid="mode-note" @click="note = true">{{ t.composer.note_mode }}</button>
          <span class="hint" :class="{ strong: catching || !online }" role="status" data-testid="composer-hint">{{ hint }}</span></div>
        <reply-palette v-if="wanted !== null" ref="palette" :t="t" :replies="replies" :wanted="wanted" :lang="head.lang_key" @pick="pick" @shut="wanted = null"></reply-palette>
        <file-tray v-if="!note" ref="files" :t="t" :conv="conv" :csrf="csrf" :lang="lang" v-model="files" @told="told = $event"></file-tray>
        <div class="write"><button v-if="!note" type="button" class="quiet attach" data-testid="attach" :aria-label="t.composer.attach" :title="t.composer.attach" @click="$refs.files.choose()">
            <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true"><path d="M20 11.5 12 19.4a5 5 0 0 1-7-7l8.2-8.1a3.3 3.3 0 0 1 4.7 4.7l-8.2 8a1.7 1.7 0 0 1-2.4-2.3l7.4-7.3"/></svg></button>
          <label class="unseen" for="reply">{{ note ? t.composer.note_label : t.composer.label }}</label>
          <textarea id="reply" ref="box" data-testid="reply-input" rows="1" v-model="text" :placeholder="hintInBox" :aria-describedby="broken.length ? 'wording-check' : null"
            @keydown="key" @input="look" @click="look" @paste="pasted"></textarea>
          <button type="button" class="primary send" data-testid="reply-send" :disabled="!canSend" @click="send(false)">
            {{ waiting ? t.composer.sending : note ? t.composer.save_note : t.composer.send }}</button></div>
        <wording-check v-if="!note && broken.length" id="wording-check" :t="t" :rules="broken" :overrules="overrules" :blocked="blocked" @anyway="send(true)"></wording-check>
        <p v-else-if="!note && told" class="check-line" role="alert" data-testid="composer-told">{{ told }}</p>
      </template>
      <div v-else class="closed-box"><p data-testid="composer-closed">{{ closed }}</p>
        <div v-if="text" class="kept" data-testid="kept-text"><span>{{ t.composer.kept }}</span><p class="words">{{ text }}</p>
          <button type="button" class="plain" @click="copy">{{ copied ? t.composer.copied : t.composer.copy }}</button></div>
        <form v-if="head.may_note" class="side-note" @submit.prevent="sendSide"><label class="unseen" for="side">{{ t.composer.note_label }}</label>
          <input id="side" v-model="side" maxlength="4000" :placeholder="t.composer.side_placeholder" data-testid="side-note"><button class="plain" :disabled="!side.trim() || !online || catching">{{ t.composer.save_note }}</button></form></div>
    </section>`,
  data() {
    return {
      text: "", note: false, files: [], outgoing: null, waiting: false, unsure: false, online: true, catching: false, copied: false,
      wanted: null, blocked: false, told: "", side: "", sideId: null,
    };
  },
  computed: {
    conv() {
      return this.head?.conv ?? null;
    },
    mine() {
      return this.head?.state === "mine";
    },
    key_() {
      return `baton:draft:${this.agent}:${this.conv}`;
    },
    ready() {
      return this.files.filter((file) => file.id);
    },
    canSend() {
      const something = this.text.trim() !== "" || (!this.note && this.ready.length > 0);
      return this.online && !this.catching && !this.waiting && something && this.ready.length === this.files.length;
    },
    broken() {
      return this.text ? brokenRules(this.text, this.rules) : [];
    },
    hintInBox() {
      if (this.note) return this.t.composer.note_placeholder;
      return matchMedia("(max-width: 760px)").matches ? this.t.composer.short_placeholder : this.t.composer.placeholder;
    },
    hint() {
      if (!this.online) return this.t.composer.offline;
      if (this.catching) return this.t.composer.catching_up;
      if (this.unsure) return this.t.composer.unconfirmed;
      if (!this.note && (this.mood === "angry" || this.mood === "negative")) return this.t.composer["hint_" + this.mood];
      return this.text ? this.t.composer.draft : "";
    },
    quotaLow() {
      return this.sending !== null && (this.sending.left <= 1 || this.sending.until - Date.now() / 1000 < 1800);
    },
    quota() {
      if (!this.sending) return "";
      const t = this.t.composer;
      const left = this.sending.left > 0 ? fill(t.quota, { left: this.sending.left, until: timeOf(this.sending.until, this.lang) }) : t.quota_none;
      const gap = this.lang.startsWith("zh") ? "" : " ";
      return this.sending.waiting ? left + gap + fill(t.quota_waiting, { count: this.sending.waiting }) : left;
    },
    closed() {
      const name = { queued: "waiting", other: "other", bot: "bot", closed: "closed" }[this.head.state];
      return fill(this.t.composer[name], { name: this.head.owner ?? "" });
    },
  },
  watch: {
    conv: {
      immediate: true,
      handler() {
        const kept = (this.conv && store.get(this.key_)) || {};
        clearTimeout(this.timer);
        [this.text, this.note, this.outgoing] = [kept.text ?? "", kept.note === true, kept.outgoing ?? null];
        [this.files, this.side, this.sideId] = [kept.files ?? [], "", null];
        [this.waiting, this.unsure, this.copied] = [false, this.outgoing !== null, false];
        [this.wanted, this.blocked, this.told] = [null, false, ""];
        this.$nextTick(this.grow);
      },
    },
    text() {
      [this.blocked, this.told] = [false, ""];
      this.keep();
      this.tellTyping();
      this.$nextTick(this.grow);
    },
    files: {
      deep: true,
      handler() {
        this.keep();
      },
    },
    note() {
      this.keep();
    },
  },
  mounted() {
    window.addEventListener("keydown", this.onKey);
    this.unwatch = watchConnection(this.connection);
    commands.offer("composer", () => (this.mine ? [
      { text: this.t.palette.reply, keys: "r", run: () => this.write(false) },
      { text: this.t.palette.note, run: () => this.write(true) },
      { text: this.t.palette.canned, keys: "/", run: () => this.openPalette() },
      { text: this.t.palette.attach, run: () => ((this.note = false), this.$nextTick(() => this.$refs.files.choose())) },
    ] : []));
  },
  unmounted() {
    clearTimeout(this.timer);
    clearTimeout(this.catcher);
    window.removeEventListener("keydown", this.onKey);
    this.unwatch();
    commands.withdraw("composer");
  },
  methods: {
    keep() {
      const draft = { text: this.text, note: this.note, outgoing: this.outgoing, files: this.ready };
      if (this.conv) store.set(this.key_, this.text || this.outgoing || this.ready.length ? draft : null);
    },
    connection(online) {
      if (online && !this.online) this.catchUp((this.turn ?? 0) + 1);
      this.online = online;
    },
    catchUp(turn) {
      // What was said meanwhile must be on the screen before anything can be sent: nobody answers blind.
      [this.turn, this.catching] = [turn, true];
      clearTimeout(this.catcher);
      this.$emit("catch_up", { turn });
      this.catcher = setTimeout(() => this.catching && this.online && this.catchUp(turn), CATCH_UP_AGAIN);
    },
    caught_up(turn) {
      if (turn !== this.turn) return;
      clearTimeout(this.catcher);
      this.catching = false;
    },
    tellTyping() {
      const now = Date.now();
      if (!this.mine || this.note || !this.text.trim() || !this.online || now - (this.typedAt ?? 0) < TYPING_EVERY) return;
      this.typedAt = now;
      this.$emit("typing", { conv: this.conv });
    },
    key(event) {
      // 229: the key belongs to an input method that is still composing.
      if (event.isComposing || event.keyCode === 229) return;
      if (this.wanted !== null && this.$refs.palette?.key(event)) return event.preventDefault();
      if (event.key === "Escape") return this.$refs.box.blur();
      if (event.key !== "Enter" || event.shiftKey) return;
      event.preventDefault();
      this.send(false);
    },
    look() {
      const box = this.$refs.box;
      const found = box && !this.note && /(?:^|\s)[/／](\S{0,32})$/.exec(box.value.slice(0, box.selectionStart));
      this.wanted = found && this.replies.length ? found[1] : null;
    },
    openPalette() {
      this.note = false;
      this.$emit("texts", {});
      if (!/(^|\s)[/／]$/.test(this.text)) this.text = this.text ? `${this.text.trimEnd()} /` : "/";
      this.$nextTick(() => (this.$refs.box.focus(), this.look()));
    },
    pick(reply) {
      const box = this.$refs.box;
      const at = box.selectionStart;
      const before = this.text.slice(0, at).replace(/[/／]\S{0,32}$/, "");
      const words = fill(reply.text, this.values);
      this.text = before + words + this.text.slice(at);
      this.wanted = null;
      this.$nextTick(() => {
        const gap = VARIABLE.exec(this.text);
        box.focus();
        if (gap) box.setSelectionRange(gap.index, gap.index + gap[0].length);
        else box.setSelectionRange(before.length + words.length, before.length + words.length);
      });
    },
    send(anyway) {
      if (!this.canSend) return;
      const gap = !this.note && VARIABLE.exec(this.text);
      if (gap) return (this.told = fill(this.t.composer.unfilled, { name: gap[0] }));
      if (!this.note && this.broken.length && !anyway) return (this.blocked = true);
      const [text, note, conv] = [this.text.trim(), this.note, this.conv];
      const files = note ? [] : this.ready.map((file) => file.id);
      const known = this.outgoing;
      // The same words after a lost answer go under the same id, so they arrive once.
      const same = known && known.text === text && known.note === note && (known.files ?? []).join() === files.join();
      if (!same) this.outgoing = { id: freshId(), text, note, files };
      [this.waiting, this.unsure] = [true, false];
      this.keep();
      this.$emit("send", { ...this.outgoing, conv, fence: this.head.fence, anyway });
      this.timer = setTimeout(() => ([this.waiting, this.unsure] = [false, true]), PATIENCE);
    },
    sendSide() {
      this.sideId ??= freshId();
      this.$emit("send", { id: this.sideId, text: this.side.trim(), note: true, files: [], conv: this.conv, fence: this.head.fence });
    },
    acknowledged(id) {
      if (id === this.sideId) return ([this.side, this.sideId] = ["", null]);
      if (this.outgoing?.id !== id) return this.forget(id);
      clearTimeout(this.timer);
      if (this.text.trim() === this.outgoing.text) this.text = "";
      if (!this.outgoing.note) this.files = this.files.filter((file) => !this.outgoing.files.includes(file.id));
      [this.outgoing, this.waiting, this.unsure] = [null, false, false];
      this.keep();
      this.$nextTick(() => this.$refs.box?.focus());
    },
    refused(id) {
      if (id === this.sideId) return (this.sideId = null);
      if (this.outgoing?.id !== id) return;
      clearTimeout(this.timer);
      [this.outgoing, this.waiting, this.unsure] = [null, false, false];
      this.keep();
    },
    forget(id) {
      // The answer came after the agent had gone to another conversation.
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(`baton:draft:${this.agent}:`) && store.get(key)?.outgoing?.id === id) store.set(key, null);
      }
    },
    write(note) {
      this.note = note;
      this.$nextTick(() => this.$refs.box?.focus());
    },
    insert(one) {
      this.note = false;
      this.text = this.text.trim() ? `${this.text.trimEnd()}\n${one.answer}` : one.answer;
      this.$nextTick(() => this.$refs.box?.focus());
    },
    dropped(event) {
      if (this.mine && !this.note) this.$refs.files?.add(event.dataTransfer.files);
    },
    pasted(event) {
      if (this.note || !event.clipboardData?.files.length) return;
      event.preventDefault();
      this.$refs.files?.add(event.clipboardData.files);
    },
    grow() {
      const box = this.$refs.box;
      if (!box) return;
      box.style.height = "auto";
      box.style.height = `${Math.min(box.scrollHeight + 2, 200)}px`;
    },
    async copy() {
      await navigator.clipboard?.writeText(this.text);
      this.copied = true;
    },
    onKey(event) {
      if (event.altKey && /^Digit[123]$/.test(event.code) && this.mine) {
        const one = this.suggestions[Number(event.code.slice(5)) - 1];
        if (one) this.insert(one);
      } else if (event.key === "r" && !isTyping(event) && this.$refs.box) {
        this.$refs.box.focus();
      } else if (event.key === "/" && !isTyping(event) && this.mine) {
        this.openPalette();
      } else return;
      event.preventDefault();
    },
  },
};
