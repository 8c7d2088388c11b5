// Sets the colour scheme before the first paint, so that a dark page does not flash white.
// A file of its own, because the content security policy allows no inline scripts.
(function () {
  var wanted = null;
  try {
    wanted = window.localStorage.getItem('tenure-color-scheme');
  } catch {
    // Storage may be blocked; the system's preference decides then.
  }
  var dark = wanted === 'dark' || (wanted !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
