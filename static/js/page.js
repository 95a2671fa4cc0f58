// Small conveniences of every page. Each page works without them.

// Menus made of <details data-closes>: close on Escape and on a click elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-closes][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-closes][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// <button data-print hidden> prints the page.
// <button data-copy="id" hidden> copies the text of that element.
const reveal = () => {
  for (const button of document.querySelectorAll("button[data-print][hidden], button[data-copy][hidden]")) {
    button.hidden = false;
  }
};

const copyText = async (source) => {
  const text = "value" in source ? source.value : source.textContent;
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // On plain http of a campus network there is no clipboard object: select and copy the old way.
    if (!source.select) return false;
    source.select();
    return document.execCommand("copy");
  }
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-print], button[data-copy]");
  if (!button) return;
  if ("print" in button.dataset) {
    window.print();
    return;
  }
  const copied = await copyText(document.getElementById(button.dataset.copy));
  const result = button.parentElement.querySelector(".copy-result");
  if (result) result.textContent = copied ? "已复制" : "未能复制，请长按文字手动复制";
});

// A partial update that fails must not look as if nothing had happened.
const failed = (text) => {
  const notice = document.getElementById("request-failed");
  if (!notice) return;
  notice.querySelector("[data-text]").textContent = text;
  notice.hidden = false;
};
document.addEventListener("htmx:sendError", () => failed("网络不通，页面没有更新。请检查网络后重试。"));
document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (status === 403) failed("登录已过期或没有权限，请刷新页面后重试。");
  else failed(`操作没有完成（${status}），请刷新页面后重试。`);
});
document.addEventListener("htmx:afterRequest", (event) => {
  const notice = document.getElementById("request-failed");
  if (notice && event.detail.successful) notice.hidden = true;
});
// A session that has ended answers with the sign-in page; that belongs in the window, not into a list.
document.addEventListener("htmx:beforeSwap", (event) => {
  const landed = new URL(event.detail.xhr.responseURL, window.location).pathname;
  if (landed !== document.body.dataset.signIn) return;
  event.detail.shouldSwap = false;
  window.location.reload();
});
// What was typed before htmx listened has had no answer yet.
const answerTyped = (event) => {
  event.detail.elt.querySelectorAll("input[hx-trigger*='typed-early']").forEach((box) => {
    if (box.value !== box.defaultValue) htmx.trigger(box, "typed-early");
  });
};
document.addEventListener("htmx:load", answerTyped);
document.addEventListener("htmx:load", reveal);
document.addEventListener("DOMContentLoaded", reveal);
