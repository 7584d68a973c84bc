{{- define "garage.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}{{- end -}}
{{- end -}}
{{- end -}}

{{- define "garage.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "garage.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{ include "garage.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "garage.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}{{- default (include "garage.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}{{- default "default" .Values.serviceAccount.name -}}{{- end -}}
{{- end -}}

{{- define "garage.secretName" -}}
{{- default (printf "%s-secret" (include "garage.fullname" .)) .Values.garage.existingSecret -}}
{{- end -}}

{{- define "garage.image" -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}

{{- define "garage.toml" -}}
metadata_dir = "/mnt/meta"
data_dir = "/mnt/data"
replication_factor = {{ int .Values.garage.replicationFactor }}
consistency_mode = {{ .Values.garage.consistencyMode | quote }}
block_size = {{ int64 .Values.garage.blockSize }}
{{- if kindIs "string" .Values.garage.compressionLevel }}
compression_level = {{ .Values.garage.compressionLevel | quote }}
{{- else }}
compression_level = {{ int .Values.garage.compressionLevel }}
{{- end }}
metadata_fsync = {{ .Values.garage.metadataFsync }}
data_fsync = {{ .Values.garage.dataFsync }}
{{- with .Values.garage.metadataAutoSnapshotInterval }}
metadata_auto_snapshot_interval = {{ . | quote }}
{{- end }}
rpc_bind_addr = {{ .Values.garage.rpcBindAddr | quote }}
rpc_secret_file = "/run/secrets/garage/rpcSecret"
bootstrap_peers = {{ .Values.garage.bootstrapPeers | toJson }}

[kubernetes_discovery]
namespace = {{ .Release.Namespace | quote }}
service_name = {{ include "garage.fullname" . | quote }}
skip_crd = {{ .Values.garage.kubernetesSkipCrd }}

[s3_api]
s3_region = {{ .Values.garage.s3.api.region | quote }}
api_bind_addr = "[::]:3900"
{{- with .Values.garage.s3.api.rootDomain }}
root_domain = {{ . | quote }}
{{- end }}
{{- if .Values.garage.s3.web.enabled }}

[s3_web]
bind_addr = "[::]:3902"
{{- with .Values.garage.s3.web.rootDomain }}
root_domain = {{ . | quote }}
{{- end }}
{{- end }}

[admin]
api_bind_addr = "[::]:3903"
{{- if or .Values.garage.adminToken .Values.garage.existingSecretHas.adminToken }}
admin_token_file = "/run/secrets/garage/adminToken"
{{- end }}
{{- if or .Values.garage.metricsToken .Values.garage.existingSecretHas.metricsToken }}
metrics_token_file = "/run/secrets/garage/metricsToken"
{{- end }}
{{- with .Values.monitoring.tracing.sink }}
trace_sink = {{ . | quote }}
{{- end }}
{{- end -}}
