// The looks. Host pages theme it with --baton-color, --baton-radius, --baton-font, --baton-z and the offsets below.

export const CSS = `
:host, .shell { all: initial; }
:host { --baton-brand: var(--baton-color, #0f766e); }
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.shell {
  --brand: var(--baton-brand); --on: #fff; --on-soft: rgb(255 255 255 / .86); --on-tint: rgb(255 255 255 / .16);
  --deep: color-mix(in oklab, var(--brand) 84%, #04211f);
  --accent: var(--brand); --surface: #fff; --ground: #f4f8f6; --ink: #14211e; --soft: #566863; --line: #dfe8e4;
  --bot: #fff; --agent: #fff3df; --agent-line: #f0dcb8; --warm: #a3480b; --warm-soft: #fbe6c8; --bad: #b42318; --bad-soft: #fdecea;
  --edge: color-mix(in oklab, var(--soft) 62%, var(--surface)); --tint: color-mix(in oklab, var(--brand) 10%, var(--surface));
  --shadow: 0 18px 48px -8px rgb(10 40 36 / .26);
  display: block; font: 400 medium/1.55 var(--baton-font, system-ui, sans-serif);
  color: var(--ink); color-scheme: light; text-align: start; -webkit-text-size-adjust: 100%;
}
.shell.pale { --on: #10201d; --on-soft: rgb(16 32 29 / .86); --on-tint: rgb(16 32 29 / .1); --deep: var(--brand); --accent: color-mix(in oklab, var(--brand) 45%, #10201d); }
.shell[data-theme="dark"] {
  --accent: color-mix(in oklab, var(--brand) 42%, #d9fff6); --surface: #18211f; --ground: #101716; --ink: #e9f1ee; --soft: #a0b2ad; --line: #2c3936;
  --bot: #1f2a27; --agent: #33291a; --agent-line: #55442a; --warm: #f2b36b; --warm-soft: #46351d; --bad: #ff9d92; --bad-soft: #3d2220;
  --shadow: 0 0 0 1px #2c3936, 0 18px 48px -8px rgb(0 0 0 / .7); color-scheme: dark;
}
button, textarea, input { font: inherit; color: inherit; letter-spacing: inherit; margin: 0; }
button { border: 0; background: none; padding: 0; cursor: pointer; -webkit-tap-highlight-color: transparent; }
h2, h3, p, ul, ol, fieldset, legend { margin: 0; padding: 0; border: 0; font: inherit; }
.icon { width: 1.4em; height: 1.4em; fill: none; stroke: currentColor; stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round; flex: none; display: block; }
:focus { outline: none; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.head :focus-visible { outline-color: var(--on); }
.panel:focus-visible { outline: none; }

.launcher, .panel { font-size: .9375em; }
.launcher {
  position: fixed; z-index: var(--baton-z, 2147483000); inset-block-end: calc(var(--baton-bottom, 24px) + env(safe-area-inset-bottom, 0px)); inset-inline-end: var(--baton-side, 24px);
  display: inline-flex; align-items: center; gap: 10px; height: 56px; padding: 0 22px 0 18px; border-radius: 28px;
  background: var(--brand); color: var(--on); box-shadow: 0 10px 28px -6px color-mix(in oklab, var(--brand) 60%, transparent);
  font-weight: 600;
}
.launcher .icon { width: 26px; height: 26px; }
.launcher .icon-down { display: none; }
.launcher:focus-visible { outline: 3px solid var(--surface); box-shadow: 0 0 0 6px var(--accent); }
.open .launcher { width: 56px; padding: 0; justify-content: center; }
.open .launcher-word, .open .launcher .icon-chat { display: none; }
.open .launcher .icon-down { display: block; }
.badge { position: absolute; inset-block-start: -5px; inset-inline-end: -3px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px; background: #c62a1f; color: #fff; font-size: 12px; font-weight: 700; line-height: 22px; text-align: center; box-shadow: 0 0 0 2px var(--surface); }
.left .launcher, .left .panel { inset-inline: var(--baton-side, 24px) auto; }

.panel {
  position: fixed; z-index: var(--baton-z, 2147483000); inset-block-end: calc(var(--baton-bottom, 24px) + 70px); inset-inline-end: var(--baton-side, 24px);
  display: flex; flex-direction: column; width: min(392px, calc(100vw - 32px)); height: min(660px, calc(100vh - var(--baton-bottom, 24px) - 94px));
  background: var(--ground); border-radius: var(--baton-radius, 20px); box-shadow: var(--shadow); overflow: hidden; animation: rise .2s cubic-bezier(.2, .8, .3, 1);
}
@keyframes rise { from { opacity: 0; transform: translateY(14px) scale(.985); } }

.head { display: flex; align-items: center; gap: 12px; padding: 16px 14px 16px 18px; background: linear-gradient(135deg, var(--deep), var(--brand)); color: var(--on); position: relative; }
.face { flex: none; width: 42px; height: 42px; border-radius: 14px; display: grid; place-items: center; background: var(--on-tint); font-weight: 600; font-size: 1.125em; position: relative; }
.face .icon { width: 26px; height: 26px; }
[data-mode="human"] .face { border-radius: 50%; background: #fff3df; color: #8a3c08; }
.face::after { content: ""; position: absolute; inset-block-end: -2px; inset-inline-end: -2px; width: 12px; height: 12px; border-radius: 50%; background: #4ade80; border: 2px solid var(--brand); }
.away .face::after { background: #cbd5d1; }
.heading { flex: 1; min-width: 0; }
h2 { font-size: 1.0667em; font-weight: 650; line-height: 1.35; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.state-line { font-size: .8em; line-height: 1.4; color: var(--on-soft); margin-top: 2px; }
.close { flex: none; width: 36px; height: 36px; border-radius: 12px; display: grid; place-items: center; }
.close:hover { background: var(--on-tint); }
.close .icon { width: 22px; height: 22px; }

.banner { position: relative; display: flex; align-items: center; gap: 8px; padding: 10px 18px; background: var(--agent); border-bottom: 1px solid var(--agent-line); font-size: .8667em; }
.banner b { font-weight: 650; color: var(--warm); }
.banner p, .banner .dot ~ span { color: var(--soft); }
.leave { color: var(--warm); font-weight: 600; text-decoration: underline; text-underline-offset: 3px; min-height: 28px; margin-inline-end: 14px; text-align: start; }
.leave.first { margin-top: 4px; padding: 0 14px; min-height: 32px; border-radius: 16px; background: var(--warm); color: var(--agent); text-decoration: none; }
.banner .dot { width: 8px; height: 8px; border-radius: 50%; background: #22a565; }
.bar { position: absolute; inset: auto 0 -1px 0; height: 2px; overflow: hidden; }
.bar::before { content: ""; position: absolute; inset-block: 0; width: 34%; border-radius: 2px; background: var(--warm); animation: pass 1.8s ease-in-out infinite; }
@keyframes pass { from { inset-inline-start: -34%; } to { inset-inline-start: 100%; } }

.scroll { flex: 1; min-height: 0; overflow: hidden auto; overscroll-behavior: contain; padding: 18px 16px 10px; scrollbar-width: thin; scrollbar-color: var(--line) transparent; }
.scroll:focus-visible { outline-offset: -3px; }
.day, .notice { display: flex; justify-content: center; margin: 14px 0 12px; font-size: .8em; color: var(--soft); text-align: center; }
.day { align-items: center; gap: 12px; }
.day::before, .day::after { content: ""; flex: 1; height: 1px; background: var(--line); }
.notice span { padding: 5px 14px; border-radius: 16px; background: color-mix(in oklab, var(--soft) 11%, var(--ground)); color: var(--soft); overflow-wrap: anywhere; }

.row { display: flex; gap: 9px; margin-top: 14px; animation: appear .18s ease-out; }
.row.continued { margin-top: 5px; }
.row.continued .avatar { visibility: hidden; height: 0; }
@keyframes appear { from { opacity: 0; transform: translateY(5px); } }
.avatar { flex: none; width: 32px; height: 32px; border-radius: 11px; display: grid; place-items: center; background: var(--tint); color: var(--accent); font-size: .8667em; font-weight: 650; margin-top: 1px; }
.avatar .icon { width: 20px; height: 20px; }
.agent .avatar { border-radius: 50%; background: var(--warm-soft); color: var(--warm); }
.stack { min-width: 0; max-width: 82%; display: flex; flex-direction: column; align-items: flex-start; }
.customer { justify-content: flex-end; }
.customer .stack { align-items: flex-end; }
.byline { display: flex; align-items: center; gap: 6px; margin: 0 0 4px 2px; font-size: .8em; line-height: 1.4; color: var(--soft); }
.byline b { font-weight: 600; }
.byline i { font-style: normal; font-size: .86em; font-weight: 650; padding: 0 6px; border-radius: 6px; background: var(--tint); color: var(--accent); }
.agent .byline i { background: var(--warm-soft); color: var(--warm); }
.bubble { position: relative; padding: 9px 14px; border-radius: 16px; overflow-wrap: anywhere; max-width: 100%; background: var(--bot); border: 1px solid var(--line); border-start-start-radius: 5px; }
.agent .bubble { background: var(--agent); border-color: var(--agent-line); }
.customer .bubble { background: var(--brand); border-color: transparent; color: var(--on); border-start-start-radius: 16px; border-end-end-radius: 5px; }
.customer .bubble p, .agent .bubble p { white-space: pre-wrap; }
.bubble > * + *:not(.sr) { margin-top: 7px; }
.bubble > .sr + * { margin-top: 0; }
.bubble ul, .bubble ol { padding-inline-start: 1.35em; }
.bubble li + li { margin-top: 3px; }
.bubble li::marker { color: var(--accent); font-weight: 600; }
.bubble strong { font-weight: 650; }
.bubble a { color: var(--accent); text-underline-offset: 3px; border-radius: 3px; }
time, .state { font-size: .7333em; line-height: 1.4; color: var(--soft); margin: 3px 4px 0; font-variant-numeric: tabular-nums; }
.state { display: flex; flex-wrap: wrap; align-items: center; justify-content: flex-end; gap: 2px 6px; min-height: 20px; }
.failed .bubble { background: var(--bad-soft); border-color: color-mix(in oklab, var(--bad) 35%, var(--bad-soft)); color: var(--ink); }
.failed .state { color: var(--bad); font-size: .8em; min-height: 24px; }
.state button { font-weight: 650; text-decoration: underline; text-underline-offset: 3px; min-height: 24px; padding: 0 4px; }
.state .icon { width: 1.25em; height: 1.25em; }

.typing { display: flex; gap: 9px; margin-top: 14px; }
.dots { display: flex; gap: 5px; align-items: center; height: 1.55em; }
.dots i { width: 7px; height: 7px; border-radius: 50%; background: var(--accent); opacity: .35; animation: dot 1.2s infinite; }
.dots i:nth-child(2) { animation-delay: .16s; }
.dots i:nth-child(3) { animation-delay: .32s; }
@keyframes dot { 30% { opacity: 1; transform: translateY(-3px); } 60% { opacity: .35; transform: none; } }

.replies { display: flex; flex-wrap: wrap; gap: 8px; margin: 12px 0 4px; margin-inline-start: 41px; }
.replies:empty { display: none; }
.replies button { min-height: 36px; padding: 6px 14px; border-radius: 18px; border: 1px solid color-mix(in oklab, var(--accent) 45%, var(--surface)); background: var(--surface); color: var(--accent); font-size: .9333em; line-height: 1.35; font-weight: 550; text-align: start; overflow-wrap: anywhere; }
.replies button:hover { background: var(--tint); }

.bubble .shot { display: block; max-width: 100%; max-height: 260px; border-radius: 10px; }
.pic { display: block; padding: 0; border-radius: 10px; overflow: hidden; background: var(--tint); }
.pic img { display: block; max-width: 100%; height: auto; object-fit: cover; }
.file { display: flex; align-items: center; gap: 8px; min-height: 32px; text-align: start; }
.file b { font-weight: 600; text-decoration: underline; text-underline-offset: 3px; }
.thumbs { display: flex; flex-wrap: wrap; align-items: center; gap: 2px; margin-top: 2px; font-size: .8em; color: var(--soft); }
.thumbs > button { width: 30px; height: 30px; border-radius: 10px; display: grid; place-items: center; }
.thumbs > button:hover { background: var(--tint); color: var(--accent); }
.thumbs .icon { width: 18px; height: 18px; }
.thumbs .down .icon { transform: rotate(180deg); }
.thumbs [aria-pressed="true"] { color: var(--accent); background: var(--tint); }
.thumbs [aria-pressed="true"] .icon { fill: color-mix(in oklab, var(--accent) 30%, transparent); }
.thumbs > div { flex: 1 0 100%; }
.thumbs .card { margin: 4px 0 0; padding: 10px; }
.pic.big { position: fixed; inset: 0; z-index: 9; border-radius: 0; display: grid; place-items: center; background: rgb(0 0 0 / .85); cursor: zoom-out; }
.big img { width: auto; max-height: 100%; }

.card { display: grid; gap: 10px; margin: 16px 0 6px; padding: 18px 16px; border-radius: 16px; background: var(--surface); border: 1px solid var(--line); text-align: center; animation: appear .18s ease-out; }
.card.fresh > :nth-child(n+2) { display: none; }
.card legend, .card h3 { width: 100%; font-weight: 650; }
.card label { cursor: pointer; position: relative; }
.card label input { position: absolute; inset: 0; width: 100%; height: 100%; opacity: 0; cursor: pointer; }
.card label:has(:focus-visible) { outline: 2px solid var(--accent); outline-offset: 1px; }
.stars, .chips, .scale { display: flex; flex-wrap: wrap; justify-content: center; gap: 2px; margin-top: 8px; }
.stars label { width: 44px; height: 44px; display: grid; place-items: center; color: color-mix(in oklab, var(--soft) 60%, var(--surface)); border-radius: 12px; }
.stars .icon { pointer-events: none; width: 30px; height: 30px; stroke-width: 1.4; }
.stars .on { color: #b8730a; }
.stars .on .icon { fill: #f5a524; }
.word, .ends, .chips legend { font-size: .8667em; color: var(--soft); font-weight: 400; }
.chips { gap: 8px; margin: 0; }
.chips label, .scale label { min-height: 32px; padding: 4px 12px; border-radius: 16px; border: 1px solid var(--edge); font-size: .8667em; }
.scale { display: grid; grid-template-columns: repeat(11, 1fr); margin-inline: -8px; }
.scale label { padding: 4px 0; border-radius: 8px; }
.card label:has(:checked):not(.on) { background: var(--brand); border-color: var(--brand); color: var(--on); }
.ends { display: flex; justify-content: space-between; }
.card textarea, .card > input { width: 100%; padding: 9px 12px; border-radius: 12px; border: 1px solid var(--edge); background: var(--ground); resize: none; display: block; }
.go { min-height: 42px; border-radius: 12px; background: var(--brand); color: var(--on); font-weight: 600; }
.go:disabled { opacity: .6; }
.quiet { min-height: 32px; color: var(--soft); text-decoration: underline; order: 9; }
.form-note { color: var(--bad); font-size: .8667em; }
.form-note:empty { display: none; }
.thanks { color: var(--accent); font-weight: 600; }

.jump-slot { position: relative; height: 0; display: flex; justify-content: center; }
.jump { position: absolute; inset-block-end: 10px; display: inline-flex; align-items: center; gap: 6px; height: 34px; padding: 0 14px 0 10px; border-radius: 17px; background: var(--surface); color: var(--accent); font-size: .8667em; font-weight: 600; border: 1px solid var(--line); box-shadow: 0 6px 18px -4px rgb(10 40 36 / .3); }
.jump .icon { width: 18px; height: 18px; }

.composer { padding: 10px 14px calc(14px + env(safe-area-inset-bottom, 0px)); background: var(--surface); border-top: 1px solid var(--line); }
.above { display: flex; align-items: center; justify-content: space-between; gap: 8px; }
.human { display: inline-flex; align-items: center; gap: 6px; min-height: 32px; margin-bottom: 8px; padding: 0 13px 0 10px; border-radius: 16px; background: var(--tint); color: var(--accent); font-size: .8667em; font-weight: 600; }
.human .icon { width: 18px; height: 18px; }
.human:hover { background: color-mix(in oklab, var(--accent) 20%, var(--surface)); }
.field { display: flex; align-items: flex-end; gap: 8px; padding: 5px; border-radius: 22px; border: 1px solid var(--edge); background: var(--surface); }
.field:focus-within { border-color: var(--accent); box-shadow: 0 0 0 3px color-mix(in oklab, var(--accent) 20%, transparent); }
.field textarea { flex: 1; min-width: 0; min-height: 34px; max-height: 132px; padding: 5px 0; border: 0; background: none; resize: none; line-height: 1.55; outline: none; scrollbar-width: thin; display: block; }
textarea::placeholder { color: var(--soft); opacity: 1; }
.files { list-style: none; padding: 0; display: grid; gap: 6px; margin-bottom: 8px; }
.files li { display: flex; align-items: center; gap: 8px; padding: 2px 4px 2px 12px; border-radius: 12px; background: var(--tint); font-size: .8667em; }
.files li > :first-child { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.files button { flex: none; width: 32px; height: 32px; font-size: 1.4em; line-height: 1; border-radius: 50%; }
.files progress { width: 72px; height: 6px; accent-color: var(--accent); }
.files .bad, .bad .file-words { color: var(--bad); }
.tool { flex: none; width: 36px; height: 36px; border-radius: 50%; display: grid; place-items: center; color: var(--soft); }
.tool:hover { background: var(--tint); color: var(--accent); }
.tool .icon { width: 20px; height: 20px; }
.send { flex: none; width: 36px; height: 36px; border-radius: 50%; display: grid; place-items: center; background: var(--brand); color: var(--on); }
.send .icon { width: 19px; height: 19px; transform: translateX(1px); }
.send:disabled { background: color-mix(in oklab, var(--soft) 14%, var(--surface)); color: var(--soft); cursor: default; }
.count { flex: 1; font-size: .8em; text-align: end; color: var(--soft); padding: 0 6px 8px; }
.count.over { color: var(--bad); font-weight: 600; }

@media (max-width: 640px) { .launcher { width: 58px; height: 58px; padding: 0; justify-content: center; --baton-side: 18px; } .launcher-word { display: none; } }
@media (max-width: 480px) {
  .panel, .left .panel { inset: 0 0 auto 0; width: 100%; height: var(--screen, 100dvh); transform: translateY(var(--shift, 0)); border-radius: 0; animation: none; }
  .open .launcher { display: none; }
  .head { gap: 8px; padding: calc(12px + env(safe-area-inset-top, 0px)) 12px 12px 16px; }
  .field textarea, .card textarea, .card > input { font-size: max(16px, 1em); }
  .human { min-height: 40px; border-radius: 20px; }
  .close { width: 44px; height: 44px; }
  .replies button { min-height: 44px; border-radius: 22px; }
  .send, .tool, .thumbs > button { width: 44px; height: 44px; }
  .field { border-radius: 28px; }
  .field textarea { min-height: 44px; padding: 9px 0; }
}
@media print { .shell { display: none; } }
@media (max-height: 420px) and (min-width: 481px) { .panel { inset-block: 8px; height: auto; } .head { padding-block: 8px; } }
@media (prefers-reduced-motion: reduce) { *, *::before, *::after { animation: none !important; transition: none !important; } .bar::before { width: 100%; } }
@media (forced-colors: active) { .bubble, .launcher, .field, .replies button, .human { border: 1px solid; } .icon { stroke: CanvasText; } }
`;
