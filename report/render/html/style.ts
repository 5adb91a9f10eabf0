/** The look of the HTML report and of the page: light, dark and printed. Colour only repeats what words say. */

const LIGHT =
  "--ground:#fff;--sunk:#f4f5f7;--raised:#fff;--ink:#14171c;--soft:#4d5663;--faint:#59636f;--line:#d5dae1;--hair:#e9ecf0;--link:#0b57a4;--bad:#a3141f;--bad-wash:#fdeeee;--warn:#7d4a00;--warn-wash:#fdf4e3;--good:#0f6130;--good-wash:#eaf6ee;--info:#0b57a4;--info-wash:#ecf3fb;--xcp:#d9741b;--ms:#3573b9;--other:#7b5ea7;--start:#8b95a3;--rest:#b9c0ca;--mark:#fff0b8;--bad-fill:#c3333e;--warn-fill:#e0a73a;--good-fill:#4a9a67";
const DARK =
  "--ground:#101318;--sunk:#181c22;--raised:#161a20;--ink:#e8ebf0;--soft:#b4bdc9;--faint:#9aa5b2;--line:#333b45;--hair:#252b33;--link:#85bbf2;--bad:#ff9c97;--bad-wash:#2c1719;--warn:#eebd5f;--warn-wash:#2a2212;--good:#82d79c;--good-wash:#14261b;--info:#85bbf2;--info-wash:#142231;--xcp:#e58a3c;--ms:#5f9ae0;--other:#a58bd0;--start:#7c8796;--rest:#4a535f;--mark:#4d4315;--bad-fill:#d9575c;--warn-fill:#c98f2b;--good-fill:#4f9d6b";

/**
 * Contrast of text to its ground is at least 4.5 (WCAG 2.2, 1.4.3). The button of the theme sets `data-theme`; without it the
 * system decides. Printed, all that is folded is shown: `::details-content` (CSS Pseudo-Elements 4) is what browsers hide of
 * a closed `<details>`. A sheet of A4 is narrow, but no screen to be scrolled: it gets no cards. What needs the script (`.js`) is not there without it.
 */
export const STYLE: string = `
:root{color-scheme:light dark;${LIGHT}}
@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){${DARK}}}
:root[data-theme=dark]{color-scheme:dark;${DARK}}
:root[data-theme=light]{color-scheme:light}
*{box-sizing:border-box}
html{scroll-padding-top:1rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif;font-variant-numeric:tabular-nums}
[hidden]{display:none!important}
a{color:var(--link);text-underline-offset:.15em}
:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:3px}
.skip,.unseen{position:absolute;left:-999px}
.skip:focus{left:1rem;top:.5rem;background:var(--ground);padding:.4rem .8rem;z-index:9}
.frame{max-width:78rem;margin:0 auto;padding:0 1.5rem;display:grid;grid-template-columns:11.5rem minmax(0,1fr);column-gap:3rem}
.top{grid-column:1/-1;display:flex;flex-wrap:wrap;align-items:baseline;gap:.25rem 1rem;padding:1.1rem 0 .9rem;border-bottom:1px solid var(--line);color:var(--soft);font-size:.875rem}
.top>b{color:var(--ink)}
.top .tools{margin-left:auto}
.tools{display:none;flex-wrap:wrap;gap:.5rem .8rem;align-items:center}
.js .tools{display:flex}
.contents{position:sticky;top:0;align-self:start;padding:1.9rem 0;font-size:.9rem;max-height:100vh;overflow:auto}
.contents ul{list-style:none;margin:0;padding:0}
.contents a{display:block;padding:.22rem 0;color:var(--soft);text-decoration:none}
.contents a:hover{color:var(--ink);text-decoration:underline}
main{padding:1.9rem 0 4rem;min-width:0}
h1,h2,h3,h4{line-height:1.25;margin:0;font-weight:650;text-wrap:balance}
h1{font-size:1.95rem;letter-spacing:-.015em}
h1 span{display:block}
h2{font-size:1.3rem}
h3{font-size:1rem;margin:1.6rem 0 .6rem}
h4{font-size:.84rem;color:var(--faint);font-weight:600;margin:.95rem 0 .15rem}
section{margin-top:2.8rem}
section>h2{padding-bottom:.45rem;border-bottom:1px solid var(--line);margin-bottom:1.1rem}
p{margin:.5rem 0;max-width:70ch;overflow-wrap:anywhere}
li,summary,caption,dd{overflow-wrap:anywhere}
td,tbody th{overflow-wrap:break-word}
.any{overflow-wrap:anywhere}
small{font-size:.84em;color:var(--faint);font-weight:400}
small.warn{color:var(--warn)}
small.bad{color:var(--bad)}
.lead{font-size:1.09rem}
.dim{color:var(--soft)}
.mono,code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.845em}
.number{text-align:right;white-space:nowrap}
.nowrap{white-space:nowrap}
.bad{color:var(--bad)}
.warn{color:var(--warn)}
.good{color:var(--good)}
.info{color:var(--info)}
.badge{display:inline-block;font-weight:650;font-size:.78rem;letter-spacing:.02em;padding:.06rem .5rem;border-radius:3px;white-space:nowrap}
.badge.bad{background:var(--bad-wash)}
.badge.warn{background:var(--warn-wash)}
.badge.good{background:var(--good-wash)}
.badge.info{background:var(--info-wash)}
.head{border-left:5px solid var(--line);padding:.1rem 0 .1rem 1.3rem}
.head.bad{border-color:var(--bad);color:inherit}
.head.warn{border-color:var(--warn-fill);color:inherit}
.head.good{border-color:var(--good);color:inherit}
.head.info{border-color:var(--info);color:inherit}
.head .lead{margin:.7rem 0 0}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:.65rem 2rem;margin:1.5rem 0 0;font-size:.9rem}
.facts div{min-width:0}
.facts dt{color:var(--faint);font-size:.8rem}
.facts dd{margin:0;overflow-wrap:anywhere}
.facts .wide{grid-column:1/-1}
.deal{margin-top:1.6rem;border:1px solid var(--line);border-radius:8px;background:var(--sunk);padding:1.05rem 1.25rem 1.15rem}
.deal h2,.deal h3{font-size:1.05rem;margin:0;border:0;padding:0}
.deal p{margin:.35rem 0 0}
.tally{display:flex;flex-wrap:wrap;gap:.2rem 1.8rem;margin:.8rem 0 .2rem;padding:0;list-style:none;font-size:.9rem}
.tally b{font-size:1.12rem}
.command{display:flex;align-items:stretch;margin:.55rem 0 0;border:1px solid var(--line);border-radius:6px;background:var(--raised);overflow:hidden}
.command pre{flex:1;margin:0;padding:.5rem .8rem;overflow-x:auto;white-space:pre;line-height:1.5;border:0;min-width:0}
button,input,textarea{font:inherit;color:inherit}
.command button{display:none;border:0;border-left:1px solid var(--line);background:var(--sunk);padding:0 .9rem;font-size:.82rem;color:var(--soft);cursor:pointer;min-width:4.8rem}
.js .command button{display:block}
.command button:hover{color:var(--ink)}
.button{display:inline-block;border:1px solid var(--line);border-radius:6px;background:var(--raised);padding:.35rem .8rem;font-size:.88rem;cursor:pointer;color:var(--ink)}
.button:hover{border-color:var(--faint)}
.button.main{background:var(--link);border-color:var(--link);color:var(--ground);font-weight:600}
.row{display:flex;flex-wrap:wrap;gap:.6rem;margin-top:.9rem}
.plot{display:grid;grid-template-columns:minmax(8.2rem,max-content) minmax(0,1fr) minmax(8.6rem,max-content);gap:.42rem 1.1rem;align-items:center;font-size:.9rem}
.plot svg{display:block;width:100%;overflow:visible}
.plot .label,.plot .figure{line-height:1.3}
.plot small{display:block}
.plot .figure{white-space:nowrap}
.plot .axis{grid-column:2}
.plot .rule{grid-column:1/-1;border-top:1px solid var(--hair);margin:.25rem 0}
.shapes{position:absolute}
svg text{fill:var(--faint);font-size:12px}
svg .limit{stroke:var(--ink);stroke-width:1.5}
svg .limit-text{fill:var(--ink);font-weight:600}
svg .well{fill:var(--sunk);stroke:var(--hair)}
svg .o-xcp{fill:var(--xcp)}
svg .o-ms{fill:var(--ms)}
svg .o-other{fill:var(--other)}
svg .o-start{fill:var(--start)}
svg .o-rest{fill:var(--rest)}
svg .v-bad{fill:var(--bad-fill)}
svg .v-warn{fill:var(--warn-fill)}
svg .v-good{fill:var(--good-fill)}
svg .v-info{fill:var(--rest)}
svg .gap{stroke:var(--ground);stroke-width:1}
svg .hatch{stroke:var(--ground);stroke-width:2.2}
svg .over{fill:none;stroke:var(--bad);stroke-width:2.5}
svg .ghost{fill:none;stroke:var(--faint);stroke-dasharray:4 3}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.3rem;list-style:none;padding:0;margin:.9rem 0 0;font-size:.85rem;color:var(--soft)}
.swatch{width:18px;height:12px;vertical-align:-1px;margin-right:.45rem}
.note{margin:1rem 0 0;padding-left:1rem;border-left:3px solid var(--line);color:var(--soft);font-size:.9rem}
.plain{list-style:none;padding:0;margin:.2rem 0;font-size:.9rem}
.plain li{padding:.1rem 0;max-width:75ch}
li:has(>details){list-style:none;margin-left:-1.3rem}
.cause{border-left:3px solid var(--line);padding:.05rem 0 .05rem 1rem;margin:1.1rem 0}
.cause h3{margin:0}
.cause p{font-size:.92rem;margin:.2rem 0 0}
details{border:1px solid var(--line);border-radius:8px;margin:.55rem 0;background:var(--raised)}
summary{cursor:pointer;padding:.7rem 1rem}
summary h3{display:inline;font-weight:inherit}
details>div{padding:.1rem 1.1rem 1.05rem}
details>div p{font-size:.92rem}
.finding>summary{list-style:none;display:grid;grid-template-columns:5.6rem minmax(0,1fr) auto;gap:.2rem .9rem;align-items:baseline}
.finding>summary::-webkit-details-marker{display:none}
.finding>summary::after{content:"+";color:var(--faint);font-size:1.1rem;line-height:1}
.finding[open]>summary::after{content:"\\2212"}
.finding>summary>.badge{justify-self:start}
.finding .rule-id{display:block;color:var(--faint)}
.finding>div{padding-left:calc(5.6rem + 1.9rem)}
details.copy{content-visibility:auto;contain-intrinsic-size:auto 3rem}
details.copy>summary{display:flex;flex-wrap:wrap;gap:.3rem .8rem;align-items:baseline}
.hex{margin:.4rem 0 0;padding:.6rem .8rem;background:var(--sunk);border-radius:6px;overflow-x:auto;line-height:1.5;white-space:pre;font-size:.8rem}
.hex mark{background:var(--mark);color:inherit}
.hex i{color:var(--soft);font-style:normal}
ol.steps{list-style:none;counter-reset:step;margin:0;padding:0}
ol.steps>li{counter-increment:step;position:relative;padding:0 0 1.3rem 3rem}
ol.steps>li::before{content:counter(step);position:absolute;left:0;top:-.1rem;width:1.9rem;height:1.9rem;border:1px solid var(--line);border-radius:50%;text-align:center;line-height:1.8rem;font-size:.88rem;font-weight:600}
ol.steps h3{margin:0;font-size:1rem;display:inline}
ol.steps p{font-size:.92rem;color:var(--soft);margin:.35rem 0 0}
ol.steps p.caution{color:var(--warn)}
.where{margin-left:.6rem;font-size:.78rem;color:var(--soft);border:1px solid var(--line);border-radius:99px;padding:.05rem .6rem;white-space:nowrap}
.flow{display:grid;grid-template-columns:1fr 3.6rem 1fr 3.6rem 1.25fr;align-items:center;margin:.8rem 0 0}
.box{border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem;align-self:stretch;min-width:0}
.box h3{margin:0 0 .3rem}
.box ul+h3{margin-top:.9rem}
.box ul{list-style:none;margin:0;padding:0;font-size:.86rem}
.box li{padding:.1rem 0;line-height:1.35}
.arrow{text-align:center;color:var(--faint);font-size:.78rem}
.arrow svg{display:block;width:2.6rem;height:14px;margin:0 auto}
.arrow path{stroke:var(--faint);fill:none;stroke-width:1.5}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;color:var(--soft);font-size:.875rem;padding:.3rem 0 .5rem}
th{font-weight:600;text-align:left}
thead th{color:var(--soft);font-size:.82rem;border-bottom:1px solid var(--line);padding:.35rem .8rem .35rem 0;vertical-align:bottom}
tbody td,tbody th{border-bottom:1px solid var(--hair);padding:.42rem .8rem .5rem 0;vertical-align:top}
tbody th{font-weight:500}
.scroll{overflow-x:auto}
.certificates{margin-top:1.8rem}
.certificates td:nth-child(3){width:40%}
.certificates svg{display:block;width:100%;min-width:6rem;height:26px;overflow:visible}
.certificates .years{height:16px}
.group th{padding-top:1rem;font-weight:650}
.mini{display:block;width:6rem;height:12px;margin-top:.3rem}
.mini svg{display:block;width:100%;overflow:visible}
.printed{display:none}
thead button{display:none;border:0;background:none;padding:0;text-align:inherit;font-weight:600;color:inherit;cursor:pointer}
.js thead button{display:inline}
.js thead button+span{display:none}
th[aria-sort=ascending] button::after{content:" \\2191"}
th[aria-sort=descending] button::after{content:" \\2193"}
.tools input[type=search]{font-size:.92rem;padding:.4rem .7rem;border:1px solid var(--faint);border-radius:6px;background:var(--raised);width:19rem;max-width:100%}
.chips{display:flex;flex-wrap:wrap;gap:.4rem;border:0;margin:0;padding:0}
.chips label{border:1px solid var(--faint);border-radius:99px;padding:.2rem .75rem;font-size:.86rem;cursor:pointer}
.chips input{position:absolute;opacity:0}
.chips label:has(:checked){background:var(--ink);color:var(--ground)}
.chips label:has(:focus-visible){outline:2px solid var(--link);outline-offset:2px}
.lane{margin:1.7rem 0 2.2rem}
.lane h3{margin:0 0 .2rem}
.lane svg{display:block;width:100%;height:86px;overflow:visible}
.lane svg svg{width:auto;height:auto}
svg .time{stroke:var(--line)}
svg .ring{fill:none;stroke:var(--ink);stroke-width:1.6}
svg .mark-text{fill:var(--ink);font-weight:600}
.totals{display:flex;gap:.2rem 2.2rem;flex-wrap:wrap;list-style:none;margin:1.2rem 0 .9rem;padding:0}
.totals b{display:block;font-size:1.7rem;line-height:1.15}
.strip{display:block;width:100%;height:14px}
.reasons{font-size:.875rem;color:var(--soft)}
pre{background:var(--sunk);border:1px solid var(--line);border-radius:6px;padding:.5rem .8rem;white-space:pre-wrap;overflow-wrap:anywhere}
@media (max-width:62rem){.frame{display:block;padding:0 1rem}.contents{position:static;padding:.7rem 0 0;max-height:none}.contents ul{display:flex;flex-wrap:wrap;gap:0 1.1rem}main{padding-top:1.1rem}}
@media screen and (max-width:46rem){body{font-size:15px}h1{font-size:1.5rem}.plot{grid-auto-flow:dense;grid-template-columns:minmax(0,1fr) max-content;gap:.15rem .8rem}.plot .label{grid-column:1}.plot .figure{grid-column:2;text-align:right}.plot svg,.plot .axis{grid-column:1/-1}.plot svg{margin-bottom:.55rem}.between{display:none}.finding>summary{grid-template-columns:minmax(0,1fr) auto}.finding>summary>.badge{grid-column:1/-1}.finding>div{padding-left:1rem}.flow{grid-template-columns:1fr}.arrow{padding:.35rem 0}.arrow svg{transform:rotate(90deg);margin:.5rem auto}ol.steps>li{padding-left:2.5rem}.tools input[type=search]{width:100%}
.cards thead{position:absolute;left:-9999px}.cards,.cards caption,.cards tbody,.cards tr,.cards td,.cards th{display:block;width:auto}.cards tr{border:1px solid var(--line);border-radius:8px;padding:.6rem .9rem;margin:.5rem 0}.cards.long tbody tr{contain-intrinsic-size:auto 11rem}.cards td:empty{display:none}.cards tbody td,.cards tbody th{border:0;padding:.12rem 0}.cards td[data-label]::before{content:attr(data-label) " ";color:var(--faint);font-size:.8rem}.cards .number{text-align:left}.certificates td:nth-child(3){width:auto}.cards .group{border:0;padding:.4rem 0 0}}
@media screen{.long tbody tr{content-visibility:auto;contain-intrinsic-size:auto 3.7rem}#copies .badge{white-space:normal}}
@media screen and (min-width:46.01rem){.long,.long :is(caption,thead,tbody){display:block}.long tr{display:grid}.long thead th{align-self:end;white-space:normal}#copies{min-width:45rem}#copies tr{grid-template-columns:9.4rem minmax(0,1fr) minmax(0,1.1fr) 6.8rem 7.4rem 5.2rem 4.7rem}#files table{min-width:42rem}#files tr{grid-template-columns:minmax(0,1fr) 7.5rem 12rem minmax(0,1.3fr)}}
@media print{:root{${LIGHT}}body{font-size:10pt}.contents,.tools,.command button,.button,.skip{display:none!important}.frame{display:block;max-width:none;padding:0}.finding,.deal,ol.steps>li,tr,.lane{break-inside:avoid}h2,h3,summary{break-after:avoid}.later>summary{break-after:auto}.scroll{overflow:visible}#copies :is(td,th):nth-child(4){display:none}details.copy{content-visibility:visible}details::details-content{content-visibility:visible!important;block-size:auto!important;display:block!important}.command pre,.hex{white-space:pre-wrap}svg *{print-color-adjust:exact;-webkit-print-color-adjust:exact}section{margin-top:1.6rem}.printed{display:block}#copies tbody tr:nth-child(n+26){display:none}#copies,#files table{font-size:8pt}#copies td,#copies th{padding:.15rem .5rem .15rem 0}.many:not([open]),section:has(>.many):not(:has(>.many[open])),#rules{display:none}details.later:not([open])::details-content{display:none!important}:root:has(#copies tbody tr:nth-child(26)) :is(#causes .cause:nth-of-type(n+7),#history .lane:nth-of-type(n+2),#not-read li:nth-of-type(n+11),#files tr:nth-child(n+4),#inputs details:nth-of-type(n+4),.later:nth-of-type(n+16)){display:none}}
`;
