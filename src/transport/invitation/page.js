// The invitation stands behind the "#", which browsers tell no server.
"use strict";

const INVITATION = /^([^\s?;#"<>]+)\?(register|roster|subscribe)(;[a-z]+=[^\s;"<>]*)*$/;

function show() {
  const text = location.hash.slice(1).replace(/^xmpp:/, "");
  const found = INVITATION.exec(text);
  document.getElementById("nothing").hidden = Boolean(found);
  document.getElementById("invitation").hidden = !found;
  if (!found) return;
  const uri = "xmpp:" + text;
  document.getElementById("open").href = uri;
  document.getElementById("uri").value = uri;
  for (const element of document.querySelectorAll(".address")) element.textContent = found[1];
  document.getElementById("account").hidden = found[2] !== "register";
  document.getElementById("contact").hidden = found[2] === "register";
}

document.getElementById("uri").addEventListener("focus", (event) => event.target.select());
addEventListener("hashchange", show);
show();
