// Parts of the accounts page, by the name under which the page imports them.
export { AccountForm } from "./account_form.js";
export { AccountPanel } from "./account_panel.js";
export { PlatformSteps } from "./platform_steps.js";
