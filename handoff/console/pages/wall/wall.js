import { DefinitionButton, MoodMark, clock, commands, dateTime, watchConnection } from "baton-console";

const TICK = 1000;
// Nothing for so long although the line stands: the figures are old, and the page must say so.
const OLD = 20;
const CATCH_UP_AGAIN = 4000;

export default {
  components: { DefinitionButton, MoodMark },
  props: { t: Object, lang: String, view: Object, defined: Object, history: Array },
  emits: ["acknowledge", "history", "catch_up"],
  template: `
    <div class="wall" :class="['is-' + seen.state, { whole }]" data-testid="wall" :data-state="seen.state" tabindex="0">
      <header class="wall-head" role="status" aria-live="polite">
        <svg class="wall-sign" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="11"/><path :d="sign"/></svg>
        <div class="wall-verdict"><h1 data-testid="verdict">{{ seen.verdict }}</h1><p data-testid="verdict-more">{{ seen.verdict_more }}</p></div></header>
      <div class="wall-tools"><p class="wall-fresh" :class="fresh.tone" :role="fresh.tone === 'live' ? null : 'alert'" data-testid="fresh" :data-fresh="fresh.tone">{{ fresh.text }}</p>
        <button type="button" class="plain" data-testid="wall-history" @click="look">{{ t.wall.history }}</button>
        <button type="button" class="plain" data-testid="wall-full" :aria-pressed="String(whole)" @click="fill">{{ whole ? t.wall.full_off : t.wall.full }}</button></div>
      <ul class="wall-tiles"><li v-for="one in seen.tiles" :key="one.key" class="tile" :class="one.tone" :data-testid="'tile-' + one.key">
        <h2>{{ one.name }}<definition-button :of="defined['wall_' + one.key]" :t="t"/></h2>
        <strong data-testid="tile-value">{{ one.since ? waited(one.since) : one.value }}</strong><span>{{ one.note }}</span></li></ul>
      <section class="wall-box wall-alerts" :aria-label="t.wall.alerts"><h2>{{ t.wall.alerts }}<definition-button :of="defined.wall_alerts" :t="t"/></h2>
        <p v-if="!seen.alerts.length" class="wall-none">{{ t.wall.alerts_none }}</p>
        <ul><li v-for="one in seen.alerts" :key="one.key" class="alert" :class="[one.severity, { seen: !one.open }]" data-testid="alert" :data-alert="one.key" :data-open="String(one.open)">
          <p class="alert-top"><span class="tag" :class="one.severity === 'critical' ? 'bad' : 'warn'">{{ one.severity_text }}</span><span v-if="one.worse" class="tag bad" data-testid="worse">{{ t.wall.alert_worse }}</span>
            <span class="soft">{{ put(t.wall.alert_since, { time: moment(one.since) }) }}</span></p>
          <h3>{{ one.title }}</h3><p v-if="one.open" class="alert-todo">{{ one.todo }}</p>
          <p v-if="one.seen && !one.open" class="alert-seen" data-testid="seen">{{ put(t.wall.seen_by, { name: one.seen.name, time: moment(one.seen.at) }) }}<span v-if="one.seen.note" class="words"> · {{ one.seen.note }}</span></p>
          <div v-if="one.open || one.conv" class="alert-do"><button v-if="one.open" type="button" class="primary" data-testid="acknowledge" @click="ask(one)">{{ t.wall.acknowledge }}</button>
            <a v-if="one.conv" class="plain" :href="'./?c=' + one.conv">{{ t.wall.open }}</a></div></li></ul></section>
      <section class="wall-box wall-moods" :aria-label="t.wall.moods"><h2>{{ t.wall.moods }}<definition-button :of="defined.wall_moods" :t="t"/></h2>
        <p v-if="!seen.moods.length" class="wall-none">{{ t.wall.moods_none }}</p><p v-else class="soft">{{ seen.moods_counts }}</p>
        <ul class="wall-lines"><li v-for="one in seen.moods" :key="one.conv"><a :href="'./?c=' + one.conv" data-testid="mood-line" :data-conv="one.conv">
          <mood-mark :mood="one.label" :text="one.label_text"/><svg class="trend" :class="one.trend" viewBox="0 0 24 24" role="img" :aria-label="one.trend_text"><title>{{ one.trend_text }}</title><path :d="arrow(one.trend)"/></svg>
          <span class="grow">{{ one.customer }}</span><span class="soft">{{ one.who }}</span></a></li></ul></section>
      <section class="wall-box wall-waiting" :aria-label="t.wall.waiting"><h2>{{ t.wall.waiting }}</h2>
        <p v-if="!seen.waiting.length" class="wall-none">{{ t.wall.waiting_none }}</p>
        <ul class="wall-lines"><li v-for="one in seen.waiting" :key="one.conv"><a :href="'./?c=' + one.conv" data-testid="waiting-line" :data-conv="one.conv">
          <span v-if="one.priority" class="priority" :class="'priority-' + one.priority">{{ one.priority_text }}</span><span class="grow">{{ one.reason }} <span class="soft">{{ one.customer }} · {{ one.channel }}</span></span>
          <b class="nowrap" :class="{ late: now - one.queued_at > one.late_after }">{{ waited(one.queued_at) }}</b></a></li></ul>
        <p v-if="seen.waiting_more" class="soft">{{ seen.waiting_more }}</p></section>
      <section class="wall-box wall-agents" :aria-label="t.wall.agents"><h2>{{ t.wall.agents }}</h2>
        <p v-if="!seen.agents.length && !seen.agents_more" class="wall-none">{{ t.wall.agents_none }}</p>
        <ul class="wall-lines"><li v-for="one in seen.agents" :key="one.id" data-testid="agent-line"><span class="dot" :class="'is-' + one.state" aria-hidden="true"></span>
          <span class="grow"><b>{{ one.name }}</b> <span class="soft">{{ one.state_text }}<template v-if="one.reason"> · {{ one.reason }}</template><template v-if="one.since"> · {{ put(t.wall.since, { time: moment(one.since) }) }}</template></span></span>
          <span class="load" :class="{ full: one.full }"><i :style="{ width: Math.min(100, (one.load / one.cap) * 100) + '%' }"></i></span><b class="nowrap">{{ one.load }}/{{ one.cap }}</b></li></ul>
        <p v-if="seen.agents_more" class="soft">{{ seen.agents_more }}</p></section>
      <section class="wall-box wall-health" :aria-label="t.wall.health"><h2>{{ t.wall.health }}</h2>
        <dl class="wall-facts"><template v-for="one in seen.health" :key="one.name"><dt>{{ one.name }}</dt>
          <dd :class="one.tone"><a v-if="one.href" :href="one.href">{{ one.value }}</a><template v-else>{{ one.value }}</template></dd></template></dl></section>
      <section class="wall-box wall-hour" :aria-label="t.wall.hour"><h2>{{ t.wall.hour }}<definition-button :of="defined.wall_hour" :t="t"/></h2>
        <dl class="wall-hour-facts"><div v-for="one in seen.hour" :key="one.name"><dt>{{ one.name }}</dt><dd>{{ one.value }}</dd></div></dl></section>
      <dialog ref="window" class="window" data-testid="alert-window" :aria-label="t.wall.acknowledge"><template v-if="about"><h2>{{ about.title }}</h2><p>{{ about.todo }}</p>
        <form class="asked" @submit.prevent="go"><div class="field"><label for="alert-note">{{ t.wall.note }}</label><input id="alert-note" v-model="note" maxlength="500" autocomplete="off" :placeholder="t.wall.note_place" data-testid="alert-note"></div>
          <p>{{ t.wall.acknowledge_hint }}</p><div class="window-do"><button type="button" class="plain" @click="$refs.window.close()">{{ t.conversation.cancel }}</button><button class="primary" :disabled="busy" data-testid="alert-go">{{ t.wall.acknowledge }}</button></div></form></template></dialog>
      <dialog ref="history" class="window wide" data-testid="history-window" :aria-label="t.wall.history"><h2>{{ t.wall.history }}</h2><p>{{ history.length ? t.wall.history_hint : t.wall.history_none }}</p>
        <ul class="rows"><li v-for="(one, n) in history" :key="n" class="stack" data-testid="history-line"><div class="grow"><span class="tag" :class="one.severity === 'critical' ? 'bad' : 'warn'">{{ one.severity_text }}</span> {{ one.title }}
          <small><b>{{ one.name }}</b> · {{ day(one.at) }}<template v-if="one.note"> · <span class="words">{{ one.note }}</span></template></small></div></li></ul>
        <form method="dialog" class="window-do"><button class="primary">{{ t.help.close }}</button></form></dialog>
    </div>`,
  data() {
    return { seen: this.view, heard: Date.now(), skew: this.view.at - Date.now() / 1000, tick: Date.now(), online: true, catching: false, broken: false, turn: 0, whole: false, about: null, note: "", busy: false };
  },
  computed: {
    /** The database's time now, whatever this computer's clock says. */
    now() {
      return this.tick / 1000 + this.skew;
    },
    fresh() {
      const [t, time] = [this.t.wall, this.exact(this.seen.at)];
      if (!this.online) return { tone: "lost", text: this.put(t.broken, { time }) };
      if (this.catching) return { tone: "catching", text: t.catching };
      if (this.broken) return { tone: "lost", text: this.put(t.failed, { time }) };
      if (this.tick - this.heard > OLD * 1000) return { tone: "lost", text: this.put(t.late, { time }) };
      return { tone: "live", text: `${t.live} · ${this.put(t.at, { time })}` };
    },
    sign() {
      return { good: "M6.5 12.5l4 4 7.5-8.5", seen: "M6.5 12.5l4 4 7.5-8.5", attention: "M12 6v7.5M12 17.4v.2", bad: "M8 8l8 8M16 8l-8 8" }[this.seen.state];
    },
  },
  mounted() {
    this.timer = setInterval(() => (this.tick = Date.now()), TICK);
    this.unwatch = watchConnection(this.connection);
    document.addEventListener("fullscreenchange", this.screen);
    // A page that has to load itself anew keeps the look it had.
    this.show(new URL(location.href).searchParams.has("full"));
    commands.offer("page", () => [{ text: this.whole ? this.t.wall.full_off : this.t.wall.full, run: this.fill }, { text: this.t.wall.history, run: this.look }]);
  },
  unmounted() {
    clearInterval(this.timer);
    clearTimeout(this.again);
    this.unwatch();
    document.removeEventListener("fullscreenchange", this.screen);
    this.show(false);
    commands.withdraw("page");
  },
  methods: {
    put: (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all),
    day(at) {
      return dateTime(at, this.lang);
    },
    exact(at) {
      return new Date(at * 1000).toLocaleTimeString(this.lang, { hour12: false });
    },
    moment(at) {
      const day = this.now - at < 43200 ? {} : { month: "2-digit", day: "2-digit" };
      return new Date(at * 1000).toLocaleString(this.lang, { ...day, hour: "2-digit", minute: "2-digit", hour12: false });
    },
    waited(since) {
      return clock(this.now - since);
    },
    arrow: (trend) => ({ worse: "M5 7l6 6 3-3 6 7M20 12v5h-5", better: "M5 17l6-6 3 3 6-7M20 12V7h-5", same: "M4 12h15M14 7l5 5-5 5" })[trend],
    connection(online) {
      if (online && !this.online) this.catchUp((this.turn += 1));
      this.online = online;
    },
    catchUp(turn) {
      this.catching = true;
      this.$emit("catch_up", { turn });
      clearTimeout(this.again);
      this.again = setTimeout(() => this.catching && this.online && this.catchUp(turn), CATCH_UP_AGAIN);
    },
    // Called by the server.
    look_at(view) {
      [this.seen, this.heard, this.tick, this.broken] = [view, Date.now(), Date.now(), false];
      this.skew = view.at - Date.now() / 1000;
    },
    failed() {
      this.broken = true;
    },
    caught_up(turn) {
      if (turn !== this.turn) return;
      clearTimeout(this.again);
      this.catching = false;
    },
    done() {
      this.$refs.window.close();
    },
    ask(one) {
      [this.about, this.note, this.busy] = [one, "", false];
      this.$nextTick(() => this.$refs.window.showModal());
    },
    go() {
      this.busy = true;
      this.$emit("acknowledge", { key: this.about.key, note: this.note });
      setTimeout(() => (this.busy = false), 3000);
    },
    look() {
      this.$emit("history", {});
      this.$refs.history.showModal();
    },
    show(whole) {
      this.whole = whole;
      document.documentElement.classList.toggle("wall-whole", whole);
      const url = new URL(location.href);
      if (whole) url.searchParams.set("full", "1");
      else url.searchParams.delete("full");
      if (url.href !== location.href) history.replaceState(history.state, "", url);
    },
    async fill() {
      const whole = !this.whole;
      this.show(whole);
      try {
        if (whole) await document.documentElement.requestFullscreen();
        else if (document.fullscreenElement) await document.exitFullscreen();
      } catch {
        // Where the browser refuses, the page still has the whole window.
      }
    },
    screen() {
      if (!document.fullscreenElement && this.whole) this.show(false);
    },
  },
};
