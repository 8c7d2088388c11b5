# Network level authentication: nobody gets a session, nor the memory of one, before signing in.
Set-ItemProperty -Path 'HKLM:\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp' -Name UserAuthentication -Value 1

# A desktop, not a console: no server manager at each sign-in.
Get-ScheduledTask -TaskName ServerManager -ErrorAction SilentlyContinue | Disable-ScheduledTask | Out-Null

# Remote desktop comes up with every start.
Set-Service -Name TermService -StartupType Automatic
if ((Get-Service -Name TermService).Status -ne 'Running') { Start-Service -Name TermService }
