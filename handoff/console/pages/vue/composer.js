import { fill, freshId, isTyping, store, watchConnection } from "baton-console";

const PATIENCE = 8000; // milliseconds without an answer until the agent is told

export default {
  props: { t: Object, head: Object, agent: String, suggestions: Array, suggest_state: String },
  emits: ["send"],
  template: `
    <section v-if="head" class="composer" :class="{ noting: note, shut: !mine }">
      <template v-if="mine || head.state === 'queued'">
        <div class="suggest" v-if="suggest_state !== 'none'" :aria-label="t.suggest.heading" role="group">
          <span class="suggest-title">{{ t.suggest.heading }}</span>
          <span v-if="suggest_state !== 'ready'" class="suggest-state" role="status">{{ t.suggest[suggest_state] }}</span>
          <button v-for="(one, n) in suggestions" :key="one.id" type="button" class="suggestion" data-testid="suggestion" :disabled="!mine"
            :title="t.suggest.insert + ': ' + one.answer" @click="insert(one)">
            <kbd class="wide-only" aria-hidden="true">{{ n + 1 }}</kbd><span>{{ one.question }}</span><small>{{ Math.round(one.score * 100) }}%</small></button>
        </div></template>
      <template v-if="mine">
        <div class="modes" role="group"><button type="button" :aria-pressed="String(!note)" data-testid="mode-reply" @click="note = false">{{ t.composer.reply_mode }}</button>
          <button type="button" :aria-pressed="String(note)" data-testid="mode-note" @click="note = true">{{ t.composer.note_mode }}</button>
          <span class="hint" role="status" data-testid="composer-hint">{{ hint }}</span></div>
        <div class="write"><label class="unseen" for="reply">{{ note ? t.composer.note_label : t.composer.label }}</label>
          <textarea id="reply" ref="box" data-testid="reply-input" rows="1" v-model="text" :placeholder="hintInBox"
            @keydown.enter="enter" @keydown.esc="$refs.box.blur()"></textarea>
          <button type="button" class="primary send" data-testid="reply-send" :disabled="!canSend" @click="send">
            {{ sending ? t.composer.sending : note ? t.composer.save_note : t.composer.send }}</button></div>
      </template>
      <div v-else class="closed-box"><p data-testid="composer-closed">{{ closed }}</p>
        <div v-if="text" class="kept" data-testid="kept-text"><span>{{ t.composer.kept }}</span><p class="words">{{ text }}</p>
          <button type="button" class="plain" @click="copy">{{ copied ? t.composer.copied : t.composer.copy }}</button></div></div>
    </section>`,
  data() {
    return { text: "", note: false, outgoing: null, sending: false, unsure: false, online: true, copied: false };
  },
  computed: {
    conv() {
      return this.head?.conv ?? null;
    },
    mine() {
      return this.head?.state === "mine";
    },
    key() {
      return `baton:draft:${this.agent}:${this.conv}`;
    },
    canSend() {
      return this.online && !this.sending && this.text.trim() !== "";
    },
    hintInBox() {
      if (this.note) return this.t.composer.note_placeholder;
      return matchMedia("(max-width: 760px)").matches ? this.t.composer.short_placeholder : this.t.composer.placeholder;
    },
    hint() {
      if (!this.online) return this.t.composer.offline;
      if (this.unsure) return this.t.composer.unconfirmed;
      return this.text ? this.t.composer.draft : "";
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
        const kept = (this.conv && store.get(this.key)) || {};
        clearTimeout(this.timer);
        [this.text, this.note, this.outgoing] = [kept.text ?? "", kept.note === true, kept.outgoing ?? null];
        [this.sending, this.unsure, this.copied] = [false, this.outgoing !== null, false];
        this.$nextTick(this.grow);
      },
    },
    text() {
      this.keep();
      this.$nextTick(this.grow);
    },
    note() {
      this.keep();
    },
  },
  mounted() {
    window.addEventListener("keydown", this.onKey);
    this.unwatch = watchConnection((online) => (this.online = online));
  },
  unmounted() {
    clearTimeout(this.timer);
    window.removeEventListener("keydown", this.onKey);
    this.unwatch();
  },
  methods: {
    keep() {
      const draft = { text: this.text, note: this.note, outgoing: this.outgoing };
      if (this.conv) store.set(this.key, this.text || this.outgoing ? draft : null);
    },
    enter(event) {
      // 229: the key belongs to an input method that is still composing.
      if (event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.send();
    },
    send() {
      if (!this.canSend) return;
      const [text, note, conv] = [this.text.trim(), this.note, this.conv];
      const known = this.outgoing;
      // The same words after a lost answer go under the same id, so they arrive once.
      if (!known || known.text !== text || known.note !== note) this.outgoing = { id: freshId(), text, note };
      [this.sending, this.unsure] = [true, false];
      this.keep();
      this.$emit("send", { ...this.outgoing, conv, fence: this.head.fence });
      this.timer = setTimeout(() => ([this.sending, this.unsure] = [false, true]), PATIENCE);
    },
    acknowledged(id) {
      if (this.outgoing?.id !== id) return this.forget(id);
      clearTimeout(this.timer);
      if (this.text.trim() === this.outgoing.text) this.text = "";
      [this.outgoing, this.sending, this.unsure] = [null, false, false];
      this.keep();
      this.$nextTick(() => this.$refs.box?.focus());
    },
    refused(id) {
      if (this.outgoing?.id !== id) return;
      clearTimeout(this.timer);
      [this.outgoing, this.sending, this.unsure] = [null, false, false];
      this.keep();
    },
    forget(id) {
      // The answer came after the agent had gone to another conversation.
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(`baton:draft:${this.agent}:`) && store.get(key)?.outgoing?.id === id) store.set(key, null);
      }
    },
    insert(one) {
      this.note = false;
      this.text = this.text.trim() ? `${this.text.trimEnd()}\n${one.answer}` : one.answer;
      this.$nextTick(() => this.$refs.box?.focus());
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
      } else return;
      event.preventDefault();
    },
  },
};
