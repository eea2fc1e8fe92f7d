// Helpers of the history page: calls, numbers in words, and the parts it is made of.
export { FigureChart } from "./figure_chart.js";
export { FigureTiles } from "./figure_tiles.js";
export { BehindList } from "./behind_list.js";
export { BreakdownTable } from "./breakdown_table.js";
export { PeriodForm } from "./period_form.js";
export { shown, change, query, ask, named } from "./values.js";
