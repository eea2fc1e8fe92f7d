// Parts of the reply box: the list of canned replies, forbidden words, and files that wait to be sent.

/** The rules that a text breaks; the server checks the same way and has the last word. */
export function brokenRules(text, rules) {
  return rules.filter((rule) => {
    let rest = text.toLowerCase();
    for (const allowed of rule.allowed_in) rest = rest.replaceAll(allowed.toLowerCase(), "");
    return rest.includes(rule.word.toLowerCase());
  });
}

export const ReplyPalette = {
  props: { t: Object, replies: Array, wanted: String, lang: String },
  emits: ["pick", "shut"],
  template: `
    <div class="palette-box" role="listbox" :aria-label="t.replies.heading" data-testid="reply-palette">
      <p v-if="!found.length" class="soft none-found">{{ t.palette.none }}</p>
      <button v-for="(one, n) in found" :key="one.id" type="button" role="option" tabindex="-1" :aria-selected="String(n === at)" class="palette-line" :class="{ on: n === at }"
        data-testid="reply-option" @mousedown.prevent @click="$emit('pick', one)" @mousemove="at = n"><strong>/{{ one.shortcut }}</strong><span>{{ one.text }}</span><small>{{ one.category }}</small></button>
    </div>`,
  data() {
    return { at: 0 };
  },
  computed: {
    found() {
      const wanted = this.wanted.toLowerCase();
      const rank = (one) => {
        const [name, rest] = [one.shortcut.toLowerCase(), `${one.category} ${one.text}`.toLowerCase()];
        const fit = name.startsWith(wanted) ? 0 : name.includes(wanted) ? 1 : rest.includes(wanted) ? 2 : 9;
        return fit * 2 + (one.lang === this.lang ? 0 : 1);
      };
      return this.replies.map((one) => [rank(one), one]).filter(([n]) => n < 18).sort((a, b) => a[0] - b[0]).slice(0, 8).map(([, one]) => one);
    },
  },
  watch: {
    wanted() {
      this.at = 0;
    },
  },
  methods: {
    /** A key of the text field; true when it was for the list. */
    key(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") this.$emit("shut");
      else if (!this.found.length) return false;
      else if (step) this.at = (this.at + step + this.found.length) % this.found.length;
      else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") this.$emit("pick", this.found[this.at]);
      else return false;
      return true;
    },
  },
};

export const WordingCheck = {
  props: { t: Object, rules: Array, overrules: Boolean, blocked: Boolean },
  emits: ["anyway"],
  template: `
    <div class="check" :class="{ blocked }" :role="blocked ? 'alert' : 'status'" data-testid="wording-check">
      <p v-if="blocked"><strong>{{ t.composer.blocked }}</strong></p>
      <p v-for="rule in rules" :key="rule.word"><span class="tag bad">{{ rule.word }}</span> {{ t.composer.say_instead }} <b>{{ rule.alternative }}</b><span v-if="rule.reason" class="soft"> · {{ rule.reason }}</span></p>
      <button v-if="blocked && overrules" type="button" class="plain" data-testid="send-anyway" @click="$emit('anyway')">{{ t.composer.send_anyway }}</button>
    </div>`,
};

/** A file's size for people. */
export const size = (bytes) => (bytes >= 1048576 ? `${(bytes / 1048576).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1024))} KB`);

export const FileTray = {
  props: { t: Object, conv: String, csrf: String, lang: String, modelValue: Array },
  emits: ["update:modelValue", "told"],
  template: `
    <div class="tray-wrap"><input ref="input" class="unseen" type="file" multiple tabindex="-1" :aria-label="t.composer.attach" data-testid="file-input" @change="chosen">
      <ul v-if="own.length" class="tray" data-testid="tray"><li v-for="file in own" :key="file.key">
        <img v-if="file.picture && file.id" :src="'../api/v1/agent/attachments/' + file.id + '/thumbnail'" alt="" width="34" height="34">
        <span class="tray-name">{{ file.name }}</span><small>{{ file.id ? size(file.size) : file.done + '%' }}</small>
        <progress v-if="!file.id" max="100" :value="file.done" :aria-label="file.name"></progress>
        <button type="button" class="quiet" :aria-label="t.composer.detach + ' ' + file.name" @click="drop(file)">×</button></li></ul></div>`,
  data() {
    return { own: this.modelValue };
  },
  watch: {
    modelValue(now) {
      this.own = now;
    },
  },
  methods: {
    size,
    choose() {
      this.$refs.input.click();
    },
    chosen(event) {
      this.add([...event.target.files]);
      event.target.value = "";
    },
    add(files) {
      const free = 5 - this.own.length;
      if (files.length > free) this.$emit("told", this.t.composer.most_files);
      for (const file of [...files].slice(0, Math.max(0, free))) this.upload(file);
    },
    set(files) {
      this.own = files;
      this.$emit("update:modelValue", files);
    },
    drop(file) {
      this.running?.get(file.key)?.abort();
      this.set(this.own.filter((one) => one.key !== file.key));
    },
    upload(file) {
      const [key, conv, request] = [`${Date.now()}:${Math.random()}`, this.conv, new XMLHttpRequest()];
      // The agent may have gone to another conversation while the file was on its way.
      const change = (values) => this.conv === conv && this.set(this.own.map((one) => (one.key === key ? { ...one, ...values } : one)));
      (this.running ??= new Map()).set(key, request);
      this.set([...this.own, { key, name: file.name, size: file.size, done: 0 }]);
      request.open("POST", `../api/v1/agent/conversations/${conv}/attachments`);
      request.setRequestHeader("X-CSRF-Token", this.csrf);
      request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
      request.setRequestHeader("Accept-Language", this.lang);
      request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
      request.upload.onprogress = (event) => event.lengthComputable && change({ done: Math.round((event.loaded / event.total) * 100) });
      request.onload = () => {
        const told = read(request.responseText);
        if (request.status < 300) change({ id: told.id, name: told.name, size: told.size, picture: told.thumbnail, done: 100 });
        else this.failed(key, told.error?.message);
      };
      request.onerror = () => this.failed(key, null);
      request.send(file);
    },
    failed(key, message) {
      this.set(this.own.filter((one) => one.key !== key));
      this.$emit("told", message ?? this.t.composer.upload_failed);
    },
  },
};

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
