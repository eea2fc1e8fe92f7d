import { MoodMark, dayOf, fill, size, timeOf } from "baton-console";

const NEAR = 90; // pixels from the end that count as reading the newest line

export default {
  components: { MoodMark },
  props: { t: Object, conv: String, events: Array, moods: Object, lang: String, typing: String, read: Number, mine: Boolean },
  emits: ["seen"],
  template: `
    <div class="thread-wrap">
      <div class="thread" data-testid="thread" ref="scroll" role="log" tabindex="0" :aria-label="t.thread.label" @scroll.passive="scrolled">
        <div v-if="!conv" class="empty big"><svg viewBox="0 0 64 64" width="72" height="72" aria-hidden="true">
          <path d="M10 14h32a6 6 0 0 1 6 6v14a6 6 0 0 1-6 6H26l-10 9v-9h-6a6 6 0 0 1-6-6V20a6 6 0 0 1 6-6Z"/><path d="M54 26a6 6 0 0 1 6 6v12a6 6 0 0 1-6 6v7l-8-7H34"/></svg>
          <strong>{{ t.conversation.none }}</strong><span>{{ t.conversation.none_hint }}</span></div>
        <p v-else-if="!lines.length" class="empty">{{ t.thread.empty }}</p>
        <template v-for="line in lines" :key="line.seq">
          <div v-if="line.day" class="day"><span>{{ line.day }}</span></div>
          <div v-if="line.kind === 'notice'" class="notice" data-testid="message" data-author="system"><span>{{ line.text }}</span> <time>{{ line.time }}</time></div>
          <article v-else class="message" :class="['from-' + line.author, { internal: line.internal, late: line.late, first: line.first, bare: line.wordless && line.files.length }]"
            :data-testid="line.internal ? 'note' : 'message'" :data-author="line.author" :data-seq="line.seq">
            <header v-if="line.first || line.internal"><strong>{{ line.who }}</strong>
              <span v-if="line.late" class="mark" data-testid="late">{{ t.thread.late }}</span>
              <span v-else-if="line.internal" class="mark">{{ t.thread.note }}</span></header>
            <div class="bubble"><p v-if="!line.wordless || !line.files.length" class="words">{{ line.text }}</p>
              <ul v-if="line.files.length" class="files"><li v-for="file in line.files" :key="file.id" data-testid="file">
                <button v-if="file.picture" type="button" class="picture" :aria-label="t.thread.enlarge + ' ' + file.name" @click="enlarge(file)"><img :src="address(file, '/thumbnail')" :alt="file.name" v-bind="shape(file)"></button>
                <a v-else class="file" :href="address(file)" :download="file.name"><span>{{ file.name }}</span><small>{{ size(file.size) }}</small></a></li></ul>
              <ul v-if="line.buttons.length" class="chips" :aria-label="t.thread.buttons"><li v-for="(title, n) in line.buttons" :key="n">{{ title }}</li></ul></div>
            <footer><time>{{ line.time }}</time><span v-if="line.seq === readAt" class="read" data-testid="read">✓ {{ t.thread.read }}</span><mood-mark v-if="line.mood" :mood="line.mood.label" :text="line.mood.text"/></footer>
          </article>
        </template>
      </div>
      <p class="typing-line" role="status" data-testid="typing">{{ typing }}</p>
      <dialog ref="large" class="window picture-window" :aria-label="large ? large.name : ''" data-testid="picture-window" @click="$refs.large.close()"><template v-if="large"><img :src="address(large)" :alt="large.name">
        <form method="dialog" class="window-do"><a class="plain" :href="address(large)" :download="large.name" @click.stop>{{ t.thread.download }}</a><button class="primary">{{ t.help.close }}</button></form></template></dialog>
      <button v-if="unread" type="button" class="unread" data-testid="new-messages" @click="toEnd">{{ more }} ↓</button>
    </div>`,
  data() {
    return { added: [], felt: {}, unread: 0, large: null };
  },
  computed: {
    all() {
      const last = this.events.length ? this.events[this.events.length - 1].seq : 0;
      return [...this.events, ...this.added.filter((e) => e.seq > last)];
    },
    lines() {
      let [before, day] = [null, ""];
      return this.all.map((event) => {
        const today = dayOf(event.at, this.lang, this.t);
        const same = before && before.kind !== "notice" && before.author === event.author && before.name === event.name;
        const mood = event.author === "customer" ? (this.felt[event.seq] ?? this.moods[event.seq]) : null;
        const line = {
          ...event,
          day: today !== day ? today : "",
          first: !same || before.internal !== event.internal || today !== day || event.at - before.at > 300,
          time: timeOf(event.at, this.lang),
          who: event.name || this.t.thread[event.author] || event.author,
          mood: mood && mood.label !== "neutral" ? mood : null,
        };
        [before, day] = [event, today];
        return line;
      });
    },
    // Beside the last of our lines that the customer has seen.
    readAt() {
      return this.all.findLast((e) => e.author === "agent" && !e.internal && e.seq <= this.read)?.seq ?? 0;
    },
    // What the customer should hear of: their newest line, once it is on the screen of who answers.
    theirs() {
      return this.mine ? (this.all.findLast((e) => e.author === "customer")?.seq ?? 0) : 0;
    },
    more() {
      return fill(this.t.thread.new_messages, { count: this.unread });
    },
  },
  watch: {
    theirs() {
      this.$nextTick(this.seen);
    },
    conv() {
      [this.added, this.felt, this.unread] = [[], {}, 0];
      this.$nextTick(this.toEnd);
    },
    // Runs before the page is patched, so it still sees where the agent was reading.
    all(now, before) {
      const last = before.length ? before[before.length - 1].seq : 0;
      const fresh = now.filter((e) => e.seq > last);
      if (this.reading || fresh.some((e) => e.author === "agent")) this.$nextTick(this.toEnd);
      else this.unread += fresh.length;
    },
  },
  mounted() {
    this.reading = true;
    this.watcher = new ResizeObserver(() => this.reading && this.toEnd());
    this.watcher.observe(this.$refs.scroll);
    this.toEnd();
    document.addEventListener("visibilitychange", this.seen);
    this.seen();
  },
  unmounted() {
    document.removeEventListener("visibilitychange", this.seen);
    this.watcher.disconnect();
  },
  methods: {
    size,
    // The place of a picture is kept before it has come, so the thread does not jump.
    shape(file) {
      const scale = Math.min(1, 220 / (file.width || 220), 180 / (file.height || 180));
      return file.width && file.height ? { width: Math.round(file.width * scale), height: Math.round(file.height * scale) } : {};
    },
    address: (file, more = "") => `../api/v1/agent/attachments/${encodeURIComponent(file.id)}${more}`,
    enlarge(file) {
      this.large = file;
      this.$nextTick(() => this.$refs.large.showModal());
    },
    append(events) {
      const known = new Set(this.all.map((e) => e.seq));
      this.added.push(...events.filter((e) => !known.has(e.seq)));
    },
    feel(moods) {
      this.felt = moods;
    },
    nearEnd() {
      const box = this.$refs.scroll;
      return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    },
    seen() {
      const key = `${this.conv}:${this.theirs}`;
      if (!this.theirs || !this.reading || document.hidden || key === this.told) return;
      this.told = key;
      this.$emit("seen", { conv: this.conv, seq: this.theirs });
    },
    scrolled() {
      this.reading = this.nearEnd();
      if (!this.reading) return;
      this.unread = 0;
      this.seen();
    },
    toEnd() {
      const box = this.$refs.scroll;
      if (box) box.scrollTop = box.scrollHeight;
      [this.reading, this.unread] = [true, 0];
      this.seen();
    },
  },
};
