import { commands, fill } from "baton-console";

export default {
  props: { t: Object, nav: Array },
  template: `
    <dialog ref="window" class="window command-window" data-testid="palette" :aria-label="t.palette.heading" @click="outside" @close="shut">
      <label class="unseen" for="command">{{ t.palette.heading }}</label>
      <input id="command" ref="box" v-model="wanted" :placeholder="t.palette.placeholder" autocomplete="off" role="combobox" aria-expanded="true" aria-controls="command-list"
        :aria-activedescendant="found.length ? 'command-' + at : null" @keydown="key" data-testid="palette-input">
      <div id="command-list" role="listbox" :aria-label="t.palette.heading" class="command-list">
        <div v-for="(one, n) in found" :key="n" :id="'command-' + n" role="option" :aria-selected="String(n === at)" class="palette-line" :class="{ on: n === at }" data-testid="command" @mousemove="at = n" @click="run(one)"><span class="grow">{{ one.text }}</span><kbd v-if="one.keys">{{ one.keys }}</kbd></div>
      </div>
      <p v-if="!found.length" class="soft none-found">{{ t.palette.none }}</p>
    </dialog>`,
  data() {
    return { wanted: "", at: 0, list: [] };
  },
  computed: {
    found() {
      const words = this.wanted.toLowerCase().split(/\s+/).filter(Boolean);
      return this.list.filter((one) => words.every((word) => one.text.toLowerCase().includes(word))).slice(0, 12);
    },
  },
  watch: {
    wanted() {
      this.at = 0;
    },
  },
  mounted() {
    window.addEventListener("keydown", this.onKey);
    window.addEventListener("baton-palette", this.show);
  },
  unmounted() {
    window.removeEventListener("keydown", this.onKey);
    window.removeEventListener("baton-palette", this.show);
  },
  methods: {
    onKey(event) {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      if (this.$refs.window.open) this.$refs.window.close();
      else if (!document.querySelector("dialog[open]")) this.show();
    },
    show() {
      const places = this.nav.filter((one) => !one.here).map((one) => ({ text: fill(this.t.palette.go, { name: one.text }), run: () => location.assign(one.href) }));
      [this.list, this.wanted, this.at] = [[...commands.all(), ...places], "", 0];
      this.$refs.window.showModal();
      this.$nextTick(() => this.$refs.box.focus());
    },
    shut() {
      this.list = [];
    },
    outside(event) {
      if (event.target === this.$refs.window) this.$refs.window.close();
    },
    key(event) {
      if (event.isComposing) return;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && this.found.length) this.at = (this.at + step + this.found.length) % this.found.length;
      else if (event.key === "Enter" && this.found[this.at]) this.run(this.found[this.at]);
      else return;
      event.preventDefault();
    },
    run(one) {
      this.$refs.window.close();
      this.$nextTick(one.run);
    },
  },
};
