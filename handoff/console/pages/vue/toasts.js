const STAY = { bad: 9000, good: 3500 }; // milliseconds

export default {
  props: { t: Object },
  template: `
    <div class="toasts" role="alert" aria-live="assertive">
      <p v-for="one in shown" :key="one.id" class="toast" :class="{ good: one.good }" :data-testid="one.good ? 'good-toast' : 'error-toast'"><span>{{ one.message }}</span>
        <button type="button" class="quiet" :aria-label="t.error.dismiss" @click="drop(one.id)">×</button></p>
    </div>`,
  data() {
    return { shown: [] };
  },
  methods: {
    tell(message, good) {
      if (this.shown.some((one) => one.message === message)) return;
      const id = (this.last = (this.last ?? 0) + 1);
      this.shown = [...this.shown.slice(-2), { id, message, good }];
      setTimeout(() => this.drop(id), good ? STAY.good : STAY.bad);
    },
    drop(id) {
      this.shown = this.shown.filter((one) => one.id !== id);
    },
  },
};
