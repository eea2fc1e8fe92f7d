import { MoodMark, clock, fill, isTyping } from "baton-console";

const TABS = ["waiting", "mine", "all"];

export default {
  components: { MoodMark },
  props: { t: Object, items: Array, selected: String, now: Number, sound: Boolean },
  emits: ["open", "claim"],
  template: `
    <section class="queue" data-testid="queue">
      <div class="tabs" role="tablist" :aria-label="t.queue.heading" @keydown="turn">
        <button v-for="name in tabs" :key="name" type="button" role="tab" :id="'tab-' + name" :data-testid="'tab-' + name"
          :aria-selected="String(tab === name)" :tabindex="tab === name ? 0 : -1" aria-controls="queue-list" @click="tab = name">
          {{ t.queue[name] }} <span class="count">{{ lists[name].length }}</span>
          <span v-if="name === 'mine' && todo" class="tab-todo" :title="todoText"><span class="unseen">{{ todoText }}</span></span></button>
      </div>
      <p class="unseen" role="status" aria-live="polite">{{ announced }}</p>
      <div id="queue-list" class="lines" role="tabpanel" :aria-labelledby="'tab-' + tab"><ol ref="lines">
        <li v-for="item in shown" :key="item.id" class="line" data-testid="queue-item" :data-conv="item.conv" :data-handoff="item.id"
          :class="{ current: item.conv === selected, marked: item.id === marked, late: isLate(item) }">
          <button type="button" class="line-open" :aria-current="item.conv === selected ? 'true' : null" @click="open(item)" @focus="marked = item.id">
            <span class="line-top"><span class="reason" data-testid="queue-reason">{{ item.reason }}</span>
              <span v-if="item.priority" class="priority" :class="'priority-' + item.priority">{{ item.priority_text }}</span>
              <span class="wait" data-testid="queue-wait" :class="{ late: isLate(item) }" :aria-label="waited(item)">
                <b v-if="isLate(item)">{{ t.queue.overdue }}</b>{{ count(item) }}</span></span>
            <span class="line-words">{{ item.last_words || t.queue.no_words }}</span>
            <span class="line-foot"><mood-mark :mood="item.mood" :text="item.mood_text"/>
              <span class="fact">{{ item.lang }}</span><span class="fact">{{ item.channel }}</span>
              <span v-if="!item.waiting" class="owner" data-testid="queue-owner">{{ item.mine ? t.queue.you : with_(item) }}</span>
              <span v-if="item.mine && item.unanswered" class="todo">{{ t.queue.unanswered }}</span></span>
          </button>
          <button v-if="item.waiting" type="button" class="claim" data-testid="claim" :aria-label="t.queue.claim + ' ' + item.customer"
            @click="claim(item)">{{ t.queue.claim }}</button>
        </li>
      </ol>
      <p v-if="!shown.length" class="empty">{{ t.queue["empty_" + tab] }}</p></div>
    </section>`,
  data() {
    return { tab: "waiting", tabs: TABS, marked: null, seconds: Date.now() / 1000, isLoud: this.sound, announced: "" };
  },
  computed: {
    lists() {
      return { waiting: this.items.filter((i) => i.waiting), mine: this.items.filter((i) => i.mine), all: this.items };
    },
    todo() {
      return this.lists.mine.filter((i) => i.unanswered).length;
    },
    todoText() {
      return fill(this.t.queue.unanswered_mine, { count: this.todo });
    },
    shown() {
      return this.lists[this.tab];
    },
  },
  watch: {
    items: {
      immediate: true,
      handler(items, before) {
        const known = new Set((before ?? []).map((i) => i.id));
        const waiting = items.filter((i) => i.waiting);
        document.title = (waiting.length ? `(${waiting.length}) ` : "") + this.t.page.title;
        if (before?.length !== undefined && this.ready && waiting.some((i) => !known.has(i.id))) this.arrived();
        this.ready = true;
      },
    },
    selected: {
      immediate: true,
      handler(conv) {
        const place = new URL(location.href);
        if (conv) place.searchParams.set("c", conv);
        else if (this.ready) place.searchParams.delete("c");
        history.replaceState(history.state, "", place);
        const item = this.items.find((i) => i.conv === conv);
        if (item) this.marked = item.id;
      },
    },
  },
  mounted() {
    // The server's clock decides; the browser's may be wrong by hours.
    this.ahead = Date.now() / 1000 - this.now;
    this.timer = setInterval(() => (this.seconds = Date.now() / 1000 - this.ahead), 1000);
    this.seconds -= this.ahead;
    window.addEventListener("keydown", this.onKey);
    window.addEventListener("baton-sound", this.onSound);
  },
  unmounted() {
    clearInterval(this.timer);
    window.removeEventListener("keydown", this.onKey);
    window.removeEventListener("baton-sound", this.onSound);
  },
  methods: {
    count(item) {
      return clock(this.seconds - item.queued_at);
    },
    waited(item) {
      return fill(this.t.queue.waited, { time: this.count(item) });
    },
    isLate(item) {
      return item.waiting && this.seconds - item.queued_at > item.late_after;
    },
    with_(item) {
      return fill(this.t.queue.with, { name: item.owner ?? "" });
    },
    open(item) {
      this.$emit("open", { conv: item.conv });
    },
    claim(item) {
      this.$emit("claim", { id: item.id });
    },
    turn(event) {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      this.tab = TABS[(TABS.indexOf(this.tab) + step + TABS.length) % TABS.length];
      this.$nextTick(() => document.getElementById("tab-" + this.tab).focus());
    },
    onSound(event) {
      this.isLoud = event.detail;
      if (this.isLoud) this.chime();
    },
    onKey(event) {
      if (isTyping(event) || !this.shown.length) return;
      const at = this.shown.findIndex((i) => i.id === this.marked);
      if (event.key === "j" || event.key === "k") {
        const next = at < 0 ? 0 : Math.min(this.shown.length - 1, Math.max(0, at + (event.key === "j" ? 1 : -1)));
        this.marked = this.shown[next].id;
        this.$nextTick(() => this.$refs.lines.children[next].querySelector(".line-open").focus());
      } else if (event.key === "c" && at >= 0 && this.shown[at].waiting) {
        this.claim(this.shown[at]);
      } else if (event.key === "Enter" && at >= 0 && event.target === document.body) {
        this.open(this.shown[at]);
      } else return;
      event.preventDefault();
    },
    arrived() {
      this.announced = `${this.t.queue.new} (${this.lists.waiting.length})`;
      if (this.isLoud) this.chime();
    },
    chime() {
      const audio = (this.audio ??= new AudioContext());
      [660, 880].forEach((pitch, index) => {
        const [tone, volume] = [audio.createOscillator(), audio.createGain()];
        const start = audio.currentTime + index * 0.16;
        tone.frequency.value = pitch;
        volume.gain.setValueAtTime(0.0001, start);
        volume.gain.exponentialRampToValueAtTime(0.06, start + 0.03);
        volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.5);
        tone.connect(volume).connect(audio.destination);
        tone.start(start);
        tone.stop(start + 0.55);
      });
    },
  },
};
