// Tell in the page why a passkey was not used; allauth's script would only write to the console.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const notice = document.getElementById("passkey-failed");
  if (!notice) return;
  const name = event.detail.exception?.name;
  const texts = {
    NotAllowedError: "没有完成：您取消了操作，或者等待时间过长。请再试一次。",
    InvalidStateError: "这台设备已经添加过了。",
    SecurityError: "这个网址不能使用通行密钥。请用门户的正式网址（https）打开，或在本机用 localhost 打开。",
  };
  const text = window.PublicKeyCredential
    ? (texts[name] ?? "没有完成，请再试一次，或改用其他方式。")
    : "这个浏览器不支持通行密钥，请换用较新的浏览器，或改用其他方式。";
  notice.querySelector("[data-text]").textContent = text;
  notice.hidden = false;
});

// The button works once allauth's scripts listen to it; a press before that would be lost.
document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("passkey")?.removeAttribute("disabled");
});
