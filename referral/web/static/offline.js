// Somebody who has put the service on their home screen gets a page of ours when there is no connection.
if (matchMedia("(display-mode: standalone), (display-mode: minimal-ui)").matches)
  navigator.serviceWorker?.register("/sw.js").catch(() => {});
