// Every entry of the folder, filtered as the editor types.

export const EntryList = {
  props: { t: Object, entries: Array, selected: String, ready: Boolean },
  emits: ["open", "fresh"],
  template: `
    <section class="ed-list" :aria-label="t.editor.entries">
      <div class="ed-filter">
        <label class="unseen" for="ed-find">{{ t.editor.find }}</label>
        <input id="ed-find" ref="find" v-model="words" type="search" data-testid="filter" :placeholder="t.editor.find" autocomplete="off">
        <div class="ed-filter-row">
          <select v-model="state" :aria-label="t.editor.state" data-testid="filter-state">
            <option value="">{{ t.editor.any_state }}</option>
            <option v-for="name in states" :key="name" :value="name">{{ t.editor_state[name] }}</option>
            <option value="findings">{{ t.editor.with_findings }}</option>
            <option value="sensitive">{{ t.editor_field.sensitive }}</option></select>
          <select v-model="group" :aria-label="t.editor_field.category" data-testid="filter-category">
            <option value="">{{ t.editor.any_category }}</option>
            <option v-for="name in groups" :key="name">{{ name }}</option></select>
          <select v-model="lang" :aria-label="t.editor_field.lang" data-testid="filter-lang">
            <option value="">{{ t.editor.any_lang }}</option><option value="zh">中文</option><option value="en">English</option></select>
        </div>
        <p class="ed-count" role="status">{{ shown.length }} / {{ entries.length }}
          <button type="button" class="ed-link" data-testid="new-entry" @click="$emit('fresh')">＋ {{ t.editor.new_entry }}</button></p>
      </div>
      <ol class="ed-lines" data-testid="entries">
        <li v-for="entry in page" :key="entry.id">
          <button type="button" class="ed-line" :data-entry="entry.id" :aria-current="entry.id === selected ? 'true' : null" @click="$emit('open', entry.id)">
            <span class="ed-line-question">{{ entry.question }}</span>
            <span class="ed-line-foot"><span class="ed-dot" :class="'is-' + entry.state"></span>{{ t.editor_state[entry.state] }}
              <span class="fact">{{ entry.id }}</span>
              <span v-if="entry.sensitive" class="ed-badge warn">{{ t.editor_field.sensitive }}</span>
              <span v-if="entry.findings" class="ed-badge warn">{{ entry.findings }} {{ t.editor.findings }}</span></span>
          </button></li>
        <li v-if="shown.length > page.length"><button type="button" class="ed-link ed-more" @click="limit += 200">{{ t.editor.more }}</button></li>
        <li v-if="ready && !shown.length" class="empty">{{ t.editor.no_entries }}</li>
      </ol>
    </section>`,
  data() {
    return { words: "", state: "", group: "", lang: "", limit: 200, states: ["published", "draft", "planned", "expired"] };
  },
  computed: {
    groups() {
      return [...new Set(this.entries.map((entry) => entry.category).filter(Boolean))].sort();
    },
    shown() {
      const wanted = this.words.toLowerCase().split(/\s+/).filter(Boolean);
      return this.entries.filter((entry) => {
        if (this.lang && entry.lang !== this.lang) return false;
        if (this.group && entry.category !== this.group) return false;
        if (this.state === "findings" ? !entry.findings : this.state === "sensitive" ? !entry.sensitive : this.state && entry.state !== this.state)
          return false;
        const text = (entry.words + " " + entry.answer + " " + entry.owner).toLowerCase();
        return wanted.every((word) => text.includes(word));
      });
    },
    page() {
      return this.shown.slice(0, this.limit);
    },
  },
};
