// Which days the figures are of: four buttons and, for days of one's own, two dates.
export const PeriodForm = {
  props: { t: Object, asked: Object, days: Object },
  emits: ["choose"],
  template: `<form class="period-form" @submit.prevent="own">
    <div class="segments" role="group" :aria-label="t.history.period">
      <button v-for="one in names" :key="one" type="button" :aria-pressed="String(name === one)" :data-testid="'period-' + one" @click="choose(one)">{{ t.history['period_' + one] }}</button></div>
    <div v-if="name === 'custom'" class="dates">
      <label><span class="unseen">{{ t.history.first }}</span><input v-model="first" type="date" required data-testid="period-first"></label><span aria-hidden="true">–</span>
      <label><span class="unseen">{{ t.history.last }}</span><input v-model="last" type="date" required data-testid="period-last"></label>
      <button type="submit" class="plain" data-testid="period-show">{{ t.history.show }}</button></div></form>`,
  data() {
    return { names: ["today", "7d", "30d", "custom"], name: this.asked.period, first: this.asked.first, last: this.asked.last };
  },
  methods: {
    choose(name) {
      this.name = name;
      if (name !== "custom") return this.$emit("choose", { period: name, first: "", last: "" });
      // The days that are shown now are where one's own begin.
      if (!this.first && this.days) [this.first, this.last] = [this.days.first, this.days.last];
    },
    own() {
      this.$emit("choose", { period: "custom", first: this.first, last: this.last });
    },
  },
};
