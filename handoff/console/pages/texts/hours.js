import { dateTime, fill } from "baton-console";

const CHECK_AFTER = 300; // milliseconds after the last change
const ALL_DAY = "00:00-24:00";
const NEW_SPAN = "09:00-18:00";
const copyOf = (value) => JSON.parse(JSON.stringify(value));

// Opening hours of one day: two times for each span, or the whole day.
const Spans = {
  props: { t: Object, modelValue: Array, name: String },
  emits: ["update:modelValue"],
  template: `
    <div class="spans"><template v-if="allDay"><span class="tag good">{{ t.hours.all_day }}</span></template>
      <template v-else><span v-for="(span, n) in modelValue" :key="n" class="span-times"><input type="time" :value="from(span)" :aria-label="name + ' ' + t.hours.from" @change="set(n, $event.target.value, to(span))">–<input type="time" :value="to(span)" :aria-label="name + ' ' + t.hours.to" @change="set(n, from(span), $event.target.value)">
        <small v-if="overnight(span)" class="soft">{{ t.hours.next_day }}</small><button type="button" class="quiet small" :aria-label="name + ' ' + t.hours.drop_span" @click="drop(n)">×</button></span>
        <span v-if="!modelValue.length" class="tag">{{ t.hours.shut }}</span>
        <button type="button" class="quiet small" :aria-label="name + ' ' + t.hours.add_span" @click="$emit('update:modelValue', [...modelValue, next()])">+ {{ t.hours.add_span }}</button></template>
      <label class="tick"><input type="checkbox" :checked="allDay" :aria-label="name + ' ' + t.hours.all_day" @change="$emit('update:modelValue', $event.target.checked ? ['${ALL_DAY}'] : [])"> {{ t.hours.all_day }}</label></div>`,
  computed: {
    allDay() {
      return this.modelValue.length === 1 && this.modelValue[0] === ALL_DAY;
    },
  },
  methods: {
    from: (span) => span.split("-")[0],
    // A time field has no 24:00; midnight at the end of a span means the same.
    to: (span) => span.split("-")[1].replace("24:00", "00:00"),
    overnight(span) {
      return this.to(span) <= this.from(span) && this.to(span) !== "00:00";
    },
    next() {
      const last = this.modelValue.at(-1);
      return !last ? NEW_SPAN : this.to(last) < "18:00" && !this.overnight(last) ? `${this.to(last)}-18:00` : "19:00-22:00";
    },
    set(n, from, to) {
      this.$emit("update:modelValue", this.modelValue.map((one, at) => (at === n ? `${from}-${to}` : one)));
    },
    drop(n) {
      this.$emit("update:modelValue", this.modelValue.filter((_, at) => at !== n));
    },
  },
};

export default {
  components: { Spans },
  props: { t: Object, lang: String, text: String, form: Object, state: String, next_open: Number, online: Number, holiday: String, versions: Array, zones: Array, skills: Array },
  emits: ["check", "save"],
  template: `
    <section class="panel" data-testid="hours"><h2>{{ t.hours.heading }} <span class="tag" :class="{ good: state === 'open', warn: state === 'nobody', bad: state === 'closed' }" data-testid="hours-state">{{ t.hours[state] }}</span></h2>
      <p>{{ told }}</p>
      <details :open="opened"><summary @click.prevent="opened = !opened" data-testid="hours-edit">{{ t.hours.edit }}</summary>
        <div class="tabs in-panel" role="tablist" :aria-label="t.hours.edit"><button v-for="one in ['form', 'yaml']" :key="one" type="button" role="tab" :aria-selected="String(way === one)" :data-testid="'hours-as-' + one" @click="turn(one)">{{ t.hours['as_' + one] }}</button></div>
        <template v-if="way === 'form'">
          <div class="calendar-pick"><button v-for="(one, n) in draft.calendars" :key="n" type="button" class="plain" :aria-pressed="String(at === n)" data-testid="calendar" @click="at = n">{{ one.name || "?" }} <span v-if="stateOf(one)" class="tag" :class="stateOf(one).open ? 'good' : 'bad'">{{ stateOf(one).open ? t.hours.now_open : t.hours.now_shut }}</span></button>
            <button type="button" class="quiet" data-testid="calendar-add" @click="add">+ {{ t.hours.add_calendar }}</button></div>
          <div v-if="here" class="calendar" :key="at">
            <div class="fields"><div class="field"><label for="cal-name">{{ t.hours.calendar }}</label><input id="cal-name" v-model.lazy="calendarName" maxlength="40" autocomplete="off" data-testid="cal-name"></div>
              <div class="field"><label for="cal-zone">{{ t.hours.zone }}</label><input id="cal-zone" v-model.lazy="here.zone" list="cal-zones" autocomplete="off" spellcheck="false" data-testid="cal-zone"><datalist id="cal-zones"><option v-for="one in zones" :key="one" :value="one"/></datalist></div></div>
            <p v-if="stateOf(here)" class="calendar-state" role="status" data-testid="cal-state">{{ now(stateOf(here)) }}</p>
            <h3>{{ t.hours.week }}</h3>
            <ul class="week"><li v-for="(name, day) in days" :key="day" data-testid="weekday"><strong>{{ name }}</strong><spans v-model="here.week[day]" :t="t" :name="name"></spans>
              <button v-if="day === 0" type="button" class="quiet small" data-testid="copy-week" @click="same">{{ t.hours.copy_week }}</button></li></ul>
            <h3>{{ t.hours.dates }}</h3><p class="soft">{{ t.hours.dates_hint }}</p>
            <ul class="dates"><li v-for="(one, n) in here.dates" :key="n" data-testid="special-day" :class="{ extra: one.hours.length }"><span class="tag" :class="one.hours.length ? 'good' : 'bad'">{{ one.hours.length ? t.hours.worked : t.hours.holiday }}</span>
              <input type="date" v-model="one.from" :aria-label="t.hours.first_day" @change="move(one)">–<input type="date" v-model="one.to" :min="one.from" :aria-label="t.hours.last_day">
              <input v-model="one.name" maxlength="40" :placeholder="t.hours.day_name" :aria-label="t.hours.day_name" class="grow">
              <button type="button" class="quiet small danger" :aria-label="t.hours.drop_day + ' ' + (one.name || one.from)" @click="here.dates.splice(n, 1)">×</button><spans v-if="one.hours.length" :model-value="one.hours" :t="t" :name="one.name || one.from" @update:model-value="$event.length && (one.hours = $event)"></spans></li></ul>
            <p class="window-more"><button type="button" class="plain" data-testid="add-holiday" @click="day([])">+ {{ t.hours.holiday }}</button><button type="button" class="plain" data-testid="add-worked" @click="day(['09:00-18:00'])">+ {{ t.hours.worked }}</button><span class="bar-space"></span>
              <button v-if="draft.calendars.length > 1" type="button" class="quiet danger" data-testid="calendar-drop" @click="drop">{{ t.hours.drop_calendar }}</button></p></div>
          <template v-if="draft.calendars.length > 1"><h3>{{ t.hours.who }}</h3>
            <div class="fields"><div class="field"><label for="cal-default">{{ t.hours.everybody }}</label><select id="cal-default" v-model="draft.default" data-testid="cal-default"><option v-for="one in names" :key="one" :value="one">{{ one }}</option></select></div>
              <div v-for="skill in wanted" :key="skill" class="field"><label :for="'cal-' + skill">{{ skill }}</label><select :id="'cal-' + skill" :value="keeps(skill)" :data-testid="'cal-of-' + skill" @change="keep(skill, $event.target.value)"><option value="">{{ t.hours.as_everybody }}</option><option v-for="one in names" :key="one" :value="one">{{ one }}</option></select></div></div></template></template>
        <div v-else class="field"><label for="hours-text">{{ t.hours.text }}</label><textarea id="hours-text" class="code" v-model="written" spellcheck="false" rows="14" data-testid="hours-text"></textarea><small>{{ t.hours.hint }}</small></div>
        <p v-if="problem" class="form-error" role="alert" data-testid="hours-problem">{{ problem }}</p>
        <div class="window-do"><button v-if="changed" type="button" class="plain" @click="undo">{{ t.hours.undo }}</button><button type="button" class="primary" :disabled="!changed" data-testid="hours-save" @click="$emit('save', sent)">{{ t.people.save }}</button></div>
        <template v-if="versions.length"><h3>{{ t.hours.versions }}</h3>
        <ul class="rows"><li v-for="one in versions" :key="one.version" data-testid="hours-version"><div><strong>{{ one.version }}</strong> · {{ one.author }} <small>{{ when(one.at) }}</small></div><button type="button" class="quiet" @click="load(one.text)">{{ t.hours.load }}</button></li></ul></template></details>
    </section>`,
  data() {
    return { draft: copyOf(this.form), written: this.text, way: "form", at: 0, states: [], problem: "", opened: false };
  },
  computed: {
    told() {
      const more = this.holiday ? ` ${this.holiday}` : "";
      const next = this.next_open ? fill(this.t.hours.next, { time: this.when(this.next_open) }) : "";
      return `${fill(this.t.hours.lead, { count: this.online ?? 0 })} ${next}${more}`;
    },
    days() {
      return this.t.hours.days.split(",");
    },
    here() {
      return this.draft.calendars[this.at];
    },
    // Lazy, so that an answer of the server does not take away what is being typed.
    calendarName: {
      get() {
        return this.here.name;
      },
      set(name) {
        this.rename(name);
      },
    },
    names() {
      return this.draft.calendars.map((one) => one.name);
    },
    wanted() {
      return [...new Set([...this.skills, ...this.draft.skills.map((one) => one.skill)])].sort();
    },
    sent() {
      return this.way === "form" ? { form: this.draft } : { text: this.written };
    },
    changed() {
      return this.way === "form" ? JSON.stringify(this.draft) !== JSON.stringify(this.form) : this.written !== this.text;
    },
  },
  watch: {
    // What is being written is not thrown away by somebody else's change.
    text(now, before) {
      if (this.written === before) this.written = now;
    },
    form(now, before) {
      if (JSON.stringify(this.draft) === JSON.stringify(before)) this.draft = copyOf(now);
    },
    sent: { deep: true, handler: "ask" },
    opened: "ask",
  },
  beforeUnmount() {
    clearTimeout(this.timer);
  },
  methods: {
    ask() {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.$emit("check", this.sent), CHECK_AFTER);
    },
    checked(found) {
      this.problem = found.problem;
      if (found.problem) return;
      this.states = found.states;
      // The other way of writing follows.
      if (this.way === "form") this.written = found.text;
      else [this.draft, this.at] = [found.form, Math.min(this.at, found.form.calendars.length - 1)];
    },
    saved() {
      this.undo();
    },
    undo() {
      [this.draft, this.written, this.problem] = [copyOf(this.form), this.text, ""];
      this.at = Math.min(this.at, this.draft.calendars.length - 1);
    },
    turn(way) {
      if (!this.problem) this.way = way;
    },
    load(text) {
      [this.way, this.written] = ["yaml", text];
    },
    stateOf(calendar) {
      return this.states.find((one) => one.name === calendar.name);
    },
    now(state) {
      const t = this.t.hours;
      const local = state.next && new Date(state.next * 1000).toLocaleString(this.lang, { timeZone: state.zone, weekday: "short", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false });
      const word = state.open ? t.now_open : `${t.now_shut}${state.holiday ? ` (${state.holiday})` : ""}`;
      return local ? `${word} · ${fill(t.next_local, { time: local })}` : state.open ? word : `${word} · ${t.never}`;
    },
    rename(name) {
      const before = this.here.name;
      this.here.name = name.trim();
      if (this.draft.default === before) this.draft.default = this.here.name;
      for (const one of this.draft.skills) if (one.calendar === before) one.calendar = this.here.name;
    },
    add() {
      let number = this.draft.calendars.length + 1;
      while (this.names.includes(`calendar-${number}`)) number += 1;
      const week = [0, 1, 2, 3, 4, 5, 6].map((day) => (day < 5 ? [NEW_SPAN] : []));
      this.draft.calendars.push({ name: `calendar-${number}`, zone: this.here?.zone ?? "Asia/Shanghai", week, dates: [] });
      this.at = this.draft.calendars.length - 1;
    },
    drop() {
      const [gone] = this.draft.calendars.splice(this.at, 1);
      this.at = 0;
      if (this.draft.default === gone.name) this.draft.default = this.names[0];
      this.draft.skills = this.draft.skills.filter((one) => one.calendar !== gone.name);
    },
    same() {
      for (let day = 1; day < 5; day += 1) this.here.week[day] = [...this.here.week[0]];
    },
    day(hours) {
      // The day after those that are there, and not before today.
      const last = this.here.dates.map((one) => one.to).sort().at(-1) ?? "";
      const next = last && new Date(Date.parse(last) + 864e5).toISOString().slice(0, 10);
      const first = [new Date().toLocaleDateString("sv"), next].sort().at(-1);
      this.here.dates.push({ from: first, to: first, name: "", hours });
    },
    move(one) {
      if (one.to < one.from) one.to = one.from;
    },
    keeps(skill) {
      return this.draft.skills.find((one) => one.skill === skill)?.calendar ?? "";
    },
    keep(skill, calendar) {
      const others = this.draft.skills.filter((one) => one.skill !== skill);
      this.draft.skills = calendar ? [...others, { skill, calendar }] : others;
    },
    when(at) {
      return dateTime(at, this.lang);
    },
  },
};
