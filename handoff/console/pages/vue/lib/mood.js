// Mood as the console shows it everywhere.
const FACES = {
  angry: "M8.5 9.5l2 1M15.5 9.5l-2 1M8.5 16q3.5-3 7 0",
  negative: "M9 10v.6M15 10v.6M8.7 16q3.3-2.2 6.6 0",
  neutral: "M9 10v.6M15 10v.6M8.8 15.2h6.4",
  positive: "M9 10v.6M15 10v.6M8.5 14.2q3.5 3 7 0",
  unknown: "M9 10v.6M15 10v.6M11 15.2h2",
};

/** Mood as face, colour and word together, so that none of them stands alone. */
export const MoodMark = {
  props: { mood: String, text: String },
  template: `
    <span class="mood" :class="'mood-' + mood" data-testid="mood">
      <svg viewBox="0 0 24 24" width="16" height="16" aria-hidden="true"><circle cx="12" cy="12" r="9"/><path :d="face"/></svg>
      <span>{{ text }}</span>
    </span>`,
  computed: {
    face() {
      return FACES[this.mood] ?? FACES.unknown;
    },
  },
};
