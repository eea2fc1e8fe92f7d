// The small "i" beside a figure: one click shows what the figure means and what is counted.
let last = 0;

/** `of` is a definition as the server gives it: { name, meaning, counted }; `t` the page's words. */
export const DefinitionButton = {
  props: { of: Object, t: Object },
  template: `<span v-if="of" class="definition">
    <button type="button" class="definition-button" :popovertarget="id" :aria-label="label" data-testid="definition-button" @click.stop>i</button>
    <span :id="id" ref="box" popover class="definition-box" role="dialog" :aria-label="of.name" data-testid="definition" @toggle="place">
      <strong>{{ of.name }}</strong><span>{{ of.meaning }}</span>
      <span class="definition-counted"><b>{{ t.definition.counted }}</b> {{ of.counted }}</span></span></span>`,
  data() {
    return { id: `definition-${(last += 1)}` };
  },
  computed: {
    label() {
      return this.t.definition.button.replace("{name}", this.of.name);
    },
  },
  methods: {
    /** Beside its button, whole on the screen. */
    place(event) {
      if (event.newState !== "open") return;
      const [box, button] = [this.$refs.box, this.$el.querySelector("button").getBoundingClientRect()];
      const [wide, high] = [box.offsetWidth, box.offsetHeight];
      const below = button.bottom + 8 + high <= innerHeight;
      box.style.left = `${Math.max(12, Math.min(button.left - 24, innerWidth - wide - 12))}px`;
      box.style.top = `${Math.max(12, below ? button.bottom + 8 : button.top - high - 8)}px`;
    },
  },
};
