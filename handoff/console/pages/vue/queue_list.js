import { MoodMark, clock, commands, fill, isTyping, notices } from "baton-console";

const TABS = ["waiting", "mine", "all"];

export default {
  components: { MoodMark },
  props: { t: Object, items: Array, selected: String, now: Number, sound: Boolean },
  emits: ["open", "claim", "decline"],
  template: `
    <section class="queue" data-testid="queue">
      <div class="tabs" role="tablist" :aria-label="t.queue.heading" @keydown="turn">
        <button v-for="name in tabs" :key="name" type="button" role="tab" :id="'tab-' + name" :data-testid="'tab-' + name"
          :aria-selected="String(tab === name)" :tabindex="tab === name ? 0 : -1" aria-controls="queue-list" @click="tab = name">
          {{ t.queue[name] }} <span class="count">{{ lists[name].length }}</span>
          <span v-if="name === 'mine' && todo" class="tab-todo" :title="todoText"><span class="unseen">{{ todoText }}</span></span></button>
      </div>
      <div class="filters"><input type="search" v-model="wanted" :placeholder="t.queue.search" :aria-label="t.queue.search" data-testid="queue-search">
        <button type="button" class="quiet" :class="{ on: narrowed }" :aria-expanded="String(filtering)" aria-controls="queue-filters" data-testid="filter" @click="filtering = !filtering">{{ t.queue.filter }}<span v-if="narrowed" class="count"> {{ narrowed }}</span></button></div>
      <div v-show="filtering" id="queue-filters" class="filters more">
        <select v-for="name in ['reason', 'lang', 'channel']" :key="name" v-model="by[name]" :aria-label="t.queue['by_' + name]" :data-testid="'by-' + name"><option value="">{{ t.queue["by_" + name] }}</option><option v-for="one in choices(name)" :key="one.key" :value="one.key">{{ one.text }}</option></select>
        <label class="tick"><input type="checkbox" v-model="by.unanswered" data-testid="by-unanswered"> {{ t.queue.unanswered }}</label>
        <button v-if="narrowed" type="button" class="quiet" data-testid="filter-off" @click="all">{{ t.queue.filter_off }}</button></div>
      <p class="unseen" role="status" aria-live="polite">{{ announced }}</p>
      <div id="queue-list" class="lines" role="tabpanel" :aria-labelledby="'tab-' + tab"><ol ref="lines">
        <li v-for="item in shown" :key="item.id" class="line" data-testid="queue-item" :data-conv="item.conv" :data-handoff="item.id"
          :class="{ current: item.conv === selected, marked: item.id === marked, late: isLate(item), offered: item.offered }">
          <button type="button" class="line-open" :aria-current="item.conv === selected ? 'true' : null" @click="open(item)" @focus="marked = item.id">
            <span class="line-top"><span class="reason" data-testid="queue-reason">{{ item.reason }}</span>
              <span v-if="item.priority" class="priority" :class="'priority-' + item.priority">{{ item.priority_text }}</span>
              <span class="wait" data-testid="queue-wait" :class="{ late: isLate(item), soon: isSoon(item) }" :aria-label="waited(item)" :title="limit(item)">
                <b v-if="isLate(item)">{{ t.queue.overdue }}</b>{{ count(item) }}</span></span>
            <span class="line-words">{{ item.last_words || t.queue.no_words }}</span>
            <span class="line-foot"><mood-mark :mood="item.mood" :text="item.mood_text"/>
              <span class="fact">{{ item.lang }}</span><span class="fact">{{ item.channel }}</span>
              <span v-if="!item.waiting" class="owner" data-testid="queue-owner">{{ item.mine ? t.queue.you : with_(item) }}</span>
              <span v-if="item.skill" class="fact">{{ item.skill }}</span>
              <span v-if="item.elsewhere" class="fact">{{ t.queue.offered_elsewhere }}</span>
              <span v-if="item.mine && item.unanswered" class="todo">{{ t.queue.unanswered }}</span></span>
          </button>
          <div v-if="item.offered" class="offer" data-testid="offer"><span>{{ offerLeft(item) }}</span>
            <button type="button" class="plain" data-testid="decline" @click="$emit('decline', { id: item.id })">{{ t.queue.decline }}</button>
            <button type="button" class="primary" data-testid="accept" @click="claim(item)">{{ t.queue.accept }}</button></div>
          <button v-else-if="item.waiting && !item.elsewhere" type="button" class="claim" data-testid="claim" :aria-label="t.queue.claim + ' ' + item.customer"
            @click="claim(item)">{{ t.queue.claim }}</button>
        </li>
      </ol>
      <p v-if="!shown.length" class="empty">{{ narrowed && lists[tab].length ? t.queue.empty_filter : t.queue["empty_" + tab] }}</p></div>
    </section>`,
  data() {
    return { tab: "waiting", tabs: TABS, marked: null, seconds: Date.now() / 1000, isLoud: this.sound, announced: "", wanted: "", filtering: false, by: { reason: "", lang: "", channel: "", unanswered: false } };
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
      const wanted = this.wanted.trim().toLowerCase();
      const fits = (i) => ["reason", "lang", "channel"].every((name) => !this.by[name] || i[`${name}_key`] === this.by[name]) && (!this.by.unanswered || i.unanswered);
      return this.lists[this.tab].filter((i) => fits(i) && (!wanted || `${i.customer} ${i.reason} ${i.last_words} ${i.owner ?? ""} ${i.skill ?? ""}`.toLowerCase().includes(wanted)));
    },
    narrowed() {
      return [this.wanted.trim(), this.by.reason, this.by.lang, this.by.channel, this.by.unanswered].filter(Boolean).length;
    },
  },
  watch: {
    items: {
      immediate: true,
      handler(items, before) {
        const known = new Set((before ?? []).map((i) => i.id));
        const waiting = items.filter((i) => i.waiting);
        document.title = (waiting.length ? `(${waiting.length}) ` : "") + this.t.page.title;
        const came = waiting.filter((i) => !known.has(i.id));
        if (this.ready && came.length) this.arrived(came[0]);
        const silent = new Set((before ?? []).filter((i) => !i.unanswered).map((i) => i.id));
        const spoke = items.find((i) => i.mine && i.unanswered && silent.has(i.id));
        if (this.ready && spoke) this.spoken(spoke);
        const offer = items.find((i) => i.offered && !(before ?? []).some((b) => b.id === i.id && b.offered));
        if (this.ready && offer) this.offered(offer);
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
    // It was read when the page was answered, not when it had been built here.
    const [answered] = performance.getEntriesByType("navigation");
    this.ahead = (performance.timeOrigin + (answered?.responseStart || performance.now())) / 1000 - this.now;
    commands.offer("queue", () => this.items.filter((i) => i.conv !== this.selected).map((i) => ({ text: fill(this.t.palette.open, { customer: i.customer, reason: i.reason }), run: () => this.open(i) })));
    this.timer = setInterval(() => (this.seconds = Date.now() / 1000 - this.ahead), 1000);
    this.seconds -= this.ahead;
    window.addEventListener("keydown", this.onKey);
    window.addEventListener("baton-sound", this.onSound);
  },
  unmounted() {
    clearInterval(this.timer);
    commands.withdraw("queue");
    window.removeEventListener("keydown", this.onKey);
    window.removeEventListener("baton-sound", this.onSound);
  },
  methods: {
    count(item) {
      return clock(this.seconds - item.queued_at);
    },
    limit(item) {
      return fill(this.t.queue.limit, { minutes: Math.round(item.late_after / 60) });
    },
    waited(item) {
      return fill(this.t.queue.waited, { time: this.count(item) });
    },
    isLate(item) {
      return item.waiting && this.seconds - item.queued_at > item.late_after;
    },
    isSoon(item) {
      return item.waiting && !this.isLate(item) && this.seconds - item.queued_at > item.late_after * 0.8;
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
      const offer = this.items.find((i) => i.offered);
      // Also while a reply is being written: an offer runs out in seconds.
      if (offer && event.altKey && !event.ctrlKey && /^Key[AX]$/.test(event.code) && !document.querySelector("dialog[open]")) {
        event.preventDefault();
        return event.code === "KeyA" ? this.claim(offer) : this.$emit("decline", { id: offer.id });
      }
      if (isTyping(event) || !this.shown.length) return;
      const at = this.shown.findIndex((i) => i.id === this.marked);
      if (event.key === "j" || event.key === "k") {
        const next = at < 0 ? 0 : Math.min(this.shown.length - 1, Math.max(0, at + (event.key === "j" ? 1 : -1)));
        this.marked = this.shown[next].id;
        this.$nextTick(() => this.$refs.lines.children[next].querySelector(".line-open").focus());
      } else if (event.key === "x" && at >= 0 && this.shown[at].offered) {
        this.$emit("decline", { id: this.shown[at].id });
      } else if (event.key === "c" && at >= 0 && this.shown[at].waiting) {
        this.claim(this.shown[at]);
      } else if (event.key === "Enter" && at >= 0 && event.target === document.body) {
        this.open(this.shown[at]);
      } else return;
      event.preventDefault();
    },
    arrived(item) {
      this.announced = `${this.t.queue.new} (${this.lists.waiting.length})`;
      if (this.isLoud) this.chime();
      notices.show(this.t.queue.new, `${item.reason} · ${item.last_words}`, () => this.open(item));
    },
    spoken(item) {
      if (this.isLoud && document.hidden) this.chime();
      notices.show(item.customer, item.last_words, () => this.open(item));
    },
    offered(item) {
      [this.tab, this.marked, this.announced] = ["waiting", item.id, this.t.queue.offer];
      if (this.isLoud) this.chime();
      notices.show(this.t.queue.offer, `${item.reason} · ${item.last_words}`, () => this.open(item));
    },
    offerLeft(item) {
      return fill(this.t.queue.offer_left, { seconds: Math.max(0, Math.ceil(item.offer_until - this.seconds)) });
    },
    choices(name) {
      const found = new Map(this.items.map((i) => [i[`${name}_key`], i[name]]));
      return [...found].map(([key, text]) => ({ key, text }));
    },
    all() {
      [this.wanted, this.by] = ["", { reason: "", lang: "", channel: "", unanswered: false }];
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
