/**
 * The hand-shake at the end of a first boot: a new server runs its image's steps and tells the API, once, how that went. Its other side
 * is `api/first-boots/`; docs/images.md describes both.
 */

/** Where the script lies, and the steps that an image's recipe may write. */
export const FIRST_BOOT_SCRIPT = '/usr/local/sbin/tenure-first-boot';
export const FIRST_BOOT_STEPS = '/etc/tenure/first-boot.d';

/** What of the log is sent: with the form's encoding well below the API's limit. */
const TAIL_BYTES = 1_500;
/** Ten minutes: the network may come late, and the API may be away for a moment. */
const TRIES = 60;

/**
 * For Linux, to be run as root by cloud-init after everything else. A step is a POSIX shell script; one that fails ends the first boot.
 * Answers that another try would not change end the reporting.
 *
 * @param url bears the token; must not contain a single quote.
 */
export function firstBootShell(url: string): string {
  return `#!/bin/sh
# Runs the steps of the first boot in the order of their names, then reports how it went, once.
set -u
umask 077
url='${url}'
log=/var/log/tenure-first-boot.log
status='ok'
stage='done'
: >>"$log"
for step in ${FIRST_BOOT_STEPS}/*; do
  [ -f "$step" ] || continue
  name=$(basename "$step")
  echo "== $name" >>"$log"
  if ! sh -eu "$step" >>"$log" 2>&1 </dev/null; then
    status=failed
    stage=$name
    break
  fi
done
tail -c ${TAIL_BYTES} "$log" | LC_ALL=C tr -cd '\\11\\12\\40-\\176' >"$log.tail"
try=0
while [ "$try" -lt ${TRIES} ]; do
  answer=$(curl --silent --output /dev/null --write-out '%{http_code}' --max-time 20 \\
    --data-urlencode "status=$status" --data-urlencode "stage=$stage" --data-urlencode "log@$log.tail" "$url")
  case "$answer" in
    2* | 404 | 422) break ;;
  esac
  try=$((try + 1))
  sleep 10
done
rm -f "$log.tail" "$0"
`;
}

/**
 * For Windows: the image's own part, and what it came to in three variables. Errors of cmdlets end it.
 *
 * @param recipe PowerShell of the image; empty for none.
 */
export function powershellStep(recipe: string): string[] {
  return [
    "$tenureStatus = 'ok'",
    "$tenureStage = 'done'",
    "$tenureLog = Join-Path $env:TEMP 'tenure-first-boot.log'",
    'New-Item -ItemType File -Path $tenureLog -Force | Out-Null',
    'try {',
    "$ErrorActionPreference = 'Stop'",
    '& {',
    ...recipe.split(/\r?\n/),
    '} *>> $tenureLog',
    '} catch {',
    "$tenureStatus = 'failed'",
    "$tenureStage = 'image'",
    '$_ | Out-String | Add-Content -Path $tenureLog',
    "} finally { $ErrorActionPreference = 'Continue' }",
  ];
}

/**
 * For Windows: the report of what {@link powershellStep} came to.
 *
 * @param url as for {@link firstBootShell}.
 */
export function powershellReport(url: string): string[] {
  return [
    `$tenureUrl = '${url}'`,
    '[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12',
    "$tenureTail = ((Get-Content -Path $tenureLog -Raw) + '') -replace '[^\\x09\\x0A\\x20-\\x7E]', ''",
    `if ($tenureTail.Length -gt ${TAIL_BYTES}) { $tenureTail = $tenureTail.Substring($tenureTail.Length - ${TAIL_BYTES}) }`,
    '$tenureBody = @{ status = $tenureStatus; stage = $tenureStage; log = $tenureTail }',
    `for ($try = 0; $try -lt ${TRIES}; $try++) {`,
    'try { Invoke-RestMethod -Method Post -Uri $tenureUrl -Body $tenureBody -TimeoutSec 20 | Out-Null; break }',
    'catch {',
    'if ($_.Exception.Response -and (404, 422 -contains [int]$_.Exception.Response.StatusCode)) { break }',
    'Start-Sleep -Seconds 10',
    '}',
    '}',
  ];
}
