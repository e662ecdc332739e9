# Installs Hypervigil's agent on Windows (x64), or brings it up to date; run it again whenever you like.
# In a PowerShell (5.1 or later) that runs as administrator:
#
#   irm @URL@/install.ps1 | iex
#
# It asks for the enrolment token. With parameters:
#
#   & ([scriptblock]::Create((irm @URL@/install.ps1))) -TokenFile C:\token.txt
#   & ([scriptblock]::Create((irm @URL@/install.ps1))) -Uninstall
param(
  # A file with the enrolment token. Without it: the variable HYPERVIGIL_ENROLMENT_TOKEN, or you are asked.
  [string]$TokenFile = '',
  # The host's name, if not the system's.
  [string]$HostName = '',
  # Another address of the deployment.
  [string]$Url = '@URL@',
  # A folder with the release (dist\agent of the build), to take it from instead of downloading it.
  [string]$From = '',
  # Forget the key that is there, and enrol with a token.
  [switch]$Replace,
  # Install and enrol, and start nothing.
  [switch]$NoStart,
  # Remove everything: agent, service, configuration, key, and the samples that were not posted yet.
  [switch]$Uninstall
)

# In a scope of its own: with "iex" it would otherwise change the session it runs in.
& {
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

$Url = $Url.TrimEnd('/')
$Version = '@VERSION@'

# The description of the release, as it was signed but for the end of its last line.
$Description = @'
@RELEASE@
'@
$Signature = '@SIGNATURE@'

$ServiceName = 'hypervigil-agent'
# By number, as their names are translated: the system, administrators, and who the service runs as.
$System = '*S-1-5-18'
$Administrators = '*S-1-5-32-544'
$LocalService = '*S-1-5-19'
# Stands for whoever makes a file.
$CreatorOwner = '*S-1-3-0'
# Until the first batch is stored: an agent posts once a minute, at a second of its own.
$WaitSeconds = 180

# A 32-bit PowerShell sees another folder under the usual name.
$ProgramDir = $env:ProgramFiles
if ($env:ProgramW6432) { $ProgramDir = $env:ProgramW6432 }
$HomeDir = Join-Path $ProgramDir 'Hypervigil'
$DataDir = Join-Path $env:ProgramData 'Hypervigil'
$Current = Join-Path $HomeDir 'current'
$Executable = Join-Path $Current 'hypervigil-agent.exe'
$Wrapper = Join-Path $HomeDir 'hypervigil-agent-service.exe'
$KeyFile = Join-Path $DataDir 'key'
$ConfigFile = Join-Path $DataDir 'agent.yaml'

function Say([string]$Line) { Write-Host "hypervigil: $Line" }

function Assert-CanRun {
  $identity = [Security.Principal.WindowsIdentity]::GetCurrent()
  $principal = New-Object Security.Principal.WindowsPrincipal $identity
  if (-not $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
    throw 'this needs an administrator: open PowerShell with "Run as administrator"'
  }
  if (-not [Environment]::Is64BitOperatingSystem) { throw 'there is no agent for 32-bit Windows' }
}

# Runs a program; what it printed, if it ended with 0.
function Invoke-Program([string]$Program, [string[]]$Arguments, [string]$InputText) {
  # What a program writes to its error output would end this script otherwise.
  $ErrorActionPreference = 'Continue'
  if ($InputText) {
    $printed = $InputText | & $Program @Arguments 2>&1 | ForEach-Object { "$_" } | Out-String
  } else {
    $printed = & $Program @Arguments 2>&1 | ForEach-Object { "$_" } | Out-String
  }
  if ($LASTEXITCODE -ne 0) {
    throw ('{0} {1} ended with {2}: {3}' -f (Split-Path $Program -Leaf), $Arguments[0], $LASTEXITCODE, $printed.Trim())
  }
  return $printed.Trim()
}

# --- The token, or the host's key

function Read-Token {
  $token = $env:HYPERVIGIL_ENROLMENT_TOKEN
  Remove-Item Env:HYPERVIGIL_ENROLMENT_TOKEN -ErrorAction SilentlyContinue
  if ($TokenFile) {
    $token = [IO.File]::ReadAllText((Resolve-Path $TokenFile).ProviderPath)
  } elseif (-not $token) {
    $secure = Read-Host -AsSecureString "Enrolment token for $Url (not shown)"
    $token = (New-Object Management.Automation.PSCredential 'token', $secure).GetNetworkCredential().Password
  }
  $token = "$token".Trim()
  if ($token -cnotmatch '^hve_[A-Za-z0-9_-]{32}$') {
    throw 'this is no enrolment token: one is "hve_" and 32 letters'
  }
  return $token
}

# The host's key; $null where there is none. It goes to the deployment it is of, and to no other.
function Read-Key {
  if (-not (Test-Path $KeyFile)) { return $null }
  $lines = [IO.File]::ReadAllText($KeyFile) -split "`r?`n"
  if ($lines[0] -cnotmatch '^hv_[A-Za-z0-9_-]{32}$') { throw "${KeyFile}: its first line is no host key" }
  foreach ($line in $lines) {
    if ($line -match '^# host .*, enrolled at (.*)$') {
      $at = $Matches[1]
      if (-not "$Url/".StartsWith("$at/")) {
        throw "this host is enrolled at $at, and this script is of ${Url}: -Replace leaves the one for the other"
      }
    }
  }
  return $lines[0]
}

# --- Download

# Gets an address into a file. No redirect is followed by itself: the deployment may send us on to where
# its files lie, and nobody there is told the credential. Gives the address to go on to, or $null.
function Get-Address([string]$Address, [string]$Path, [string]$Credential) {
  $request = [Net.WebRequest]::Create($Address)
  $request.AllowAutoRedirect = $false
  $request.Timeout = 60000
  $request.ReadWriteTimeout = 60000
  if ($Credential) { $request.Headers['Authorization'] = "Bearer $Credential" }
  try {
    $response = $request.GetResponse()
  } catch {
    $failure = $_.Exception.GetBaseException()
    $answer = $null
    if ($failure -is [Net.WebException]) { $answer = $failure.Response }
    if ($null -eq $answer) { throw }
    $reader = New-Object IO.StreamReader $answer.GetResponseStream()
    throw ('{0} answered {1}: {2}' -f $request.RequestUri.Host, [int]$answer.StatusCode, $reader.ReadToEnd())
  }
  try {
    if ([int]$response.StatusCode -ge 300) { return $response.Headers['Location'] }
    $source = $response.GetResponseStream()
    $target = [IO.File]::Create($Path)
    try { $source.CopyTo($target) } finally { $target.Dispose() }
    return $null
  } finally {
    $response.Close()
  }
}

function Get-ReleaseFile($File, [string]$Folder, [string]$Credential) {
  $path = Join-Path $Folder $File.name
  if ($From) {
    Copy-Item (Join-Path $From $File.name) $path
  } else {
    Say ('downloading {0} ({1:n1} MB)' -f $File.name, ($File.bytes / 1e6))
    $next = Get-Address "$Url/v1/agent/files/$($File.name)" $path $Credential
    if ($next) {
      if ($Url -like 'https:*' -and $next -notlike 'https:*') { throw "$Url sends us to an address that is not encrypted" }
      $beyond = Get-Address $next $path ''
      if ($beyond) { throw "$Url sends us from one address to the next" }
    }
  }
  Assert-Hash $path $File.sha256
  return $path
}

function Assert-Hash([string]$Path, [string]$Sha256) {
  if ((Get-FileHash -Algorithm SHA256 -LiteralPath $Path).Hash -ne $Sha256) {
    throw "$Path is not the file that the release describes (SHA-256): nothing was installed. Run this again"
  }
}

function Expand-Gzip([string]$Path, [string]$Target) {
  $source = [IO.File]::OpenRead($Path)
  try {
    $unpacked = New-Object IO.Compression.GZipStream $source, ([IO.Compression.CompressionMode]::Decompress)
    $file = [IO.File]::Create($Target)
    try { $unpacked.CopyTo($file) } finally { $file.Dispose() }
  } finally {
    $source.Dispose()
  }
}

# Downloads into a folder: whole, signed, and able to run here. Windows can't check Ed25519, so the new
# executable does, once its hash was found right.
function Get-Release($File, $Companions, [string]$Folder, [string]$Credential) {
  $packed = Get-ReleaseFile $File $Folder $Credential
  foreach ($companion in $Companions) { $null = Get-ReleaseFile $companion $Folder $Credential }
  $new = Join-Path $Folder 'hypervigil-agent.exe'
  Expand-Gzip $packed $new
  Assert-Hash $new $File.unpackedSha256
  $plain = New-Object Text.UTF8Encoding $false
  [IO.File]::WriteAllText((Join-Path $Folder 'release.json'), $Description.Replace("`r`n", "`n") + "`n", $plain)
  [IO.File]::WriteAllText((Join-Path $Folder 'release.json.sig'), $Signature, $plain)
  $null = Invoke-Program $new @('update', '--verify', $packed) ''
  $said = Invoke-Program $new @('--version') ''
  if ($said -ne $Version) { throw "the agent says it is `"$said`", not ${Version}: nothing was installed" }
}

# --- This system's side

function Get-AgentService { Get-Service -Name $ServiceName -ErrorAction SilentlyContinue }

function Stop-Agent {
  $service = Get-AgentService
  if ($service -and $service.Status -ne 'Stopped') {
    Stop-Service -Name $ServiceName
    $service.WaitForStatus('Stopped', [TimeSpan]::FromSeconds(60))
  }
}

# Takes what is inherited away and gives these; each is "who:rights".
function Set-Rights([string]$Path, [string[]]$Rights) {
  $null = Invoke-Program 'icacls.exe' (@($Path, '/inheritance:r', '/grant:r') + $Rights) ''
}

# Every user may make a folder there. One that somebody else made stays his, with all he has put into it.
function Assert-DataDirIsOurs {
  $isLink = (Get-Item -Force -LiteralPath $DataDir).Attributes -band [IO.FileAttributes]::ReparsePoint
  $owner = '*' + (Get-Acl -LiteralPath $DataDir).GetOwner([Security.Principal.SecurityIdentifier]).Value
  if ($isLink -or ($System, $Administrators) -notcontains $owner) {
    throw "${DataDir}: was not made by an installation. Look what is in it, remove it, and run this again"
  }
}

# The agent may read all of it, and write what it has made itself. Its configuration is not its own: as an
# administrator others read that too.
function New-DataDir {
  $isNew = -not (Test-Path -LiteralPath $DataDir)
  if ($isNew) {
    $null = New-Item -ItemType Directory $DataDir
    $null = Invoke-Program 'icacls.exe' @($DataDir, '/setowner', $Administrators) ''
  }
  Assert-DataDirIsOurs
  $rights = @("${System}:(OI)(CI)F", "${Administrators}:(OI)(CI)F")
  Set-Rights $DataDir ($rights + @("${LocalService}:(OI)(CI)RX", "${CreatorOwner}:(OI)(CI)(IO)M"))
  # To make files, in this folder itself.
  $null = Invoke-Program 'icacls.exe' @($DataDir, '/grant', "${LocalService}:(WD)") ''
  if ($isNew -and (Get-ChildItem -Force -LiteralPath $DataDir)) {
    throw "${DataDir}: somebody has put something into it while it was made. Remove it, and run this again"
  }
  foreach ($name in 'spool', 'log') {
    $folder = Join-Path $DataDir $name
    $null = New-Item -ItemType Directory -Force $folder
    Set-Rights $folder ($rights + @("${LocalService}:(OI)(CI)M"))
  }
}

function Test-Installed($File) {
  if (-not (Test-Path $Executable) -or -not (Test-Path $Wrapper)) { return $false }
  return (Get-FileHash -Algorithm SHA256 -LiteralPath $Executable).Hash -eq $File.unpackedSha256
}

function Remove-Current {
  # The junction alone, not what it leads to.
  if (Test-Path $Current) { [IO.Directory]::Delete($Current) }
}

function Install-Files($Companions, [string]$Folder) {
  $versionDir = Join-Path (Join-Path $HomeDir 'versions') $Version
  $null = New-Item -ItemType Directory -Force $versionDir
  Stop-Agent
  Move-Item -Force (Join-Path $Folder 'hypervigil-agent.exe') (Join-Path $versionDir 'hypervigil-agent.exe')
  foreach ($companion in $Companions) {
    Move-Item -Force (Join-Path $Folder $companion.name) (Join-Path $HomeDir $companion.name)
  }
  Remove-Current
  $null = New-Item -ItemType Junction -Path $Current -Target $versionDir
}

# With a key and no token it only writes the configuration, as the host that the key is of.
function Register-Host([string]$Token) {
  $name = $HostName
  if ($Token) {
    Say "enrolling at $Url"
  } elseif ([IO.File]::ReadAllText($KeyFile) -match '(?m)^# host (\S+), ') {
    $name = $Matches[1]
  }
  $arguments = @('enroll', '--url', $Url, '--key-file', $KeyFile, '--config', $ConfigFile)
  $arguments += @('--user', $LocalService, '--token-file', '-')
  if ($name) { $arguments += @('--host', $name) }
  if ($Replace) { $arguments += '--replace' }
  Say (Invoke-Program $Executable $arguments $Token)
  Set-Rights $KeyFile @("${System}:F", "${Administrators}:F", "${LocalService}:R")
}

function Start-Agent {
  if (-not (Get-AgentService)) { $null = Invoke-Program $Wrapper @('install') '' }
  if ($NoStart) { return (Say "installed; `"Start-Service $ServiceName`" starts it") }
  $service = Get-AgentService
  if ($service.Status -eq 'Running') { return (Say "$Version is installed and runs; nothing was to be done") }
  $startedAt = [DateTime]::UtcNow
  Start-Service -Name $ServiceName
  Say 'started; waiting for the first batch to arrive (a minute or two)'
  # The agent notes there that the deployment took its first batch.
  $posted = Join-Path $DataDir 'posted.json'
  while ($true) {
    if ((Test-Path $posted) -and (Get-Item $posted).LastWriteTimeUtc -ge $startedAt) { break }
    if (([DateTime]::UtcNow - $startedAt).TotalSeconds -gt $WaitSeconds) {
      Get-ChildItem (Join-Path $DataDir 'log') -Filter '*.err.log' | Get-Content -Tail 15 | Write-Host
      throw "no batch has arrived for $WaitSeconds s; above are the agent's last lines. It goes on trying; `"$Executable`" check says what is wrong"
    }
    Start-Sleep -Seconds 1
  }
  Say "this host reports to $Url with agent $Version"
}

function Install-Agent {
  $release = $Description | ConvertFrom-Json
  $file = $release.files | Where-Object { $_.platform -eq 'win-x64' }
  if (-not $file) { throw "release $Version has no agent for Windows" }
  $companions = @()
  if ($release.PSObject.Properties['companions']) {
    $companions = @($release.companions | Where-Object { $_.platform -eq 'win-x64' })
  }
  [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
  $key = $null
  if (-not $Replace) { $key = Read-Key }
  $token = $null
  if (-not $key) { $token = Read-Token }
  $null = New-Item -ItemType Directory -Force $HomeDir
  New-DataDir
  # A run that was broken off may have used the token up: what is there then can get the key.
  if (-not $key -and (Test-Path $Executable)) {
    Register-Host $token
    $key = Read-Key
  }
  if (-not (Test-Installed $file)) {
    $folder = Join-Path $HomeDir '.install'
    if (Test-Path $folder) { Remove-Item -Recurse -Force $folder }
    $null = New-Item -ItemType Directory $folder
    try {
      $credential = $key
      if (-not $credential) { $credential = $token }
      Get-Release $file $companions $folder $credential
      Install-Files $companions $folder
    } finally {
      Remove-Item -Recurse -Force $folder
    }
    Say "installed $Version"
  }
  if (-not $key -or -not (Test-Path -LiteralPath $ConfigFile)) { Register-Host $token }
  Start-Agent
}

function Uninstall-Agent {
  $enrolment = $null
  if (Test-Path $KeyFile) {
    if ([IO.File]::ReadAllText($KeyFile) -match '(?m)^# host (\S+), enrolled at (\S+)') { $enrolment = $Matches }
  }
  Stop-Agent
  if (Get-AgentService) { $null = Invoke-Program 'sc.exe' @('delete', $ServiceName) '' }
  if (Test-Path $HomeDir) {
    Remove-Current
    Remove-Item -Recurse -Force $HomeDir
  }
  if (Test-Path $DataDir) { Remove-Item -Recurse -Force $DataDir }
  Say 'removed'
  if ($enrolment) {
    Say "$($enrolment[2]) still knows the key of host $($enrolment[1]). Whoever has a copy of it can report as that host, until you end it:"
    Say "  npm run key -- --table TABLE_NAME --revoke $($enrolment[1])"
  }
}

Assert-CanRun
# One at a time.
$mutex = New-Object Threading.Mutex $false, 'Global\HypervigilAgentInstall'
$isFree = $true
try { $isFree = $mutex.WaitOne(0) } catch [Threading.AbandonedMutexException] { $isFree = $true }
if (-not $isFree) { throw 'another installation runs' }
try {
  if ($Uninstall) { Uninstall-Agent } else { Install-Agent }
} finally {
  $mutex.ReleaseMutex()
  $mutex.Dispose()
}
}
