{{/* The name that all objects begin with; short enough for a pod of the longest function to be part of an app id. */}}
{{- define "m3game.name" -}}
{{- $name := .Values.nameOverride | default (ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name)) -}}
{{- $name | trunc 28 | trimSuffix "-" -}}
{{- end -}}

{{/* The name of an app's objects. Of: root, func. */}}
{{- define "m3game.appName" -}}
{{- printf "%s-%s" (include "m3game.name" .root) .func -}}
{{- end -}}

{{/* Labels that never change: they select pods. Of: root, func. */}}
{{- define "m3game.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .func }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{/* Of: root, func. */}}
{{- define "m3game.labels" -}}
{{ include "m3game.selector" . }}
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{/* An app with what it takes from the defaults, as JSON. Of: root, app. */}}
{{- define "m3game.app" -}}
{{- mergeOverwrite (deepCopy .root.Values.defaults) .app | toJson -}}
{{- end -}}

{{- define "m3game.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}

{{- define "m3game.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "m3game.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "m3game.pageImage" -}}
{{- $own := .Values.page.image -}}
{{- printf "%s:%s" $own.repository ($own.tag | default .Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}

{{/* The name of the Secret with variables; empty without one. */}}
{{- define "m3game.secretName" -}}
{{- if and .Values.secrets.existing .Values.secrets.values -}}
{{- fail "secrets has both existing and values: put the values into the existing Secret, or unset existing" -}}
{{- else if .Values.secrets.existing -}}
{{- .Values.secrets.existing -}}
{{- else if .Values.secrets.values -}}
{{- include "m3game.name" . -}}
{{- end -}}
{{- end -}}

{{/*
The variables of an app, which override its config file. What differs from pod to pod, and what is secret, is not among them.
Of: root, app.
*/}}
{{- define "m3game.variables" -}}
{{- $values := .root.Values -}}
{{- $root := .root -}}
M3__Options__Life__DrainTimeoutMs: {{ mul $values.drainSeconds 1000 | quote }}
M3__Plugin__Log__log_pino__LogLevel: {{ $values.logLevel | quote }}
M3__Plugin__Router__router_consul__ConsulHost: {{ include "m3game.address" (dict "root" $root "server" "consul") | quote }}
M3__Plugin__Router__router_consul__AlivePort: {{ include "m3game.alivePort" . | quote }}
M3__Plugin__Broker__broker_nats__URL: {{ include "m3game.address" (dict "root" $root "server" "nats") | quote }}
{{- if has "etcd" .app.uses }}
M3__Plugin__Lease__lease_etcd__Endpoints: {{ include "m3game.address" (dict "root" $root "server" "etcd") | quote }}
{{- end }}
{{- if has "redis" .app.uses }}
{{- $redis := splitList ":" (include "m3game.address" (dict "root" $root "server" "redis")) }}
M3__Plugin__DB__db_redis__Host: {{ initial $redis | join ":" | quote }}
M3__Plugin__DB__db_redis__Port: {{ last $redis | quote }}
M3__Plugin__DB__db_redis__TLS: {{ $values.infrastructure.redis.tls | quote }}
M3__Plugin__DB__db_redis__Cluster: {{ $values.infrastructure.redis.cluster | quote }}
{{- end }}
M3__Plugin__Trans__trans_tcp__Host: 0.0.0.0
M3__Plugin__Trans__trans_tcp__Port: {{ include "m3game.peerPort" . | quote }}
M3__Plugin__Trans__trans_http2__Host: 0.0.0.0
M3__Plugin__Trans__trans_http2__Port: {{ include "m3game.grpcPort" . | quote }}
M3__Plugin__Metric__metric_prom__Host: 0.0.0.0
M3__Plugin__Metric__metric_prom__Port: {{ $values.metrics.port | quote }}
{{- with .app.gate }}
{{- if .webSocket }}
M3__Plugin__Gate__gate_ws__Host: 0.0.0.0
M3__Plugin__Gate__gate_ws__Port: {{ .webSocket | quote }}
M3__Plugin__Gate__gate_ws__AllowedOrigins: {{ .allowedOrigins | toJson | quote }}
{{- end }}
{{- if .grpc }}
M3__Plugin__Gate__gate_grpc__Host: 0.0.0.0
M3__Plugin__Gate__gate_grpc__Port: {{ .grpc | quote }}
{{- end }}
{{- end }}
{{- range $name, $value := .app.variables }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end -}}

{{/* Where an app takes game clients: a list of name and port, as JSON. Of: app. */}}
{{- define "m3game.clientPorts" -}}
{{- $ports := list -}}
{{- with .app.gate -}}
{{- if .webSocket }}{{ $ports = append $ports (dict "name" "gate-ws" "port" .webSocket) }}{{ end -}}
{{- if .grpc }}{{ $ports = append $ports (dict "name" "gate-grpc" "port" .grpc) }}{{ end -}}
{{- end -}}
{{- $ports | toJson -}}
{{- end -}}

{{- define "m3game.peerPort" -}}20050{{- end -}}
{{- define "m3game.grpcPort" -}}20051{{- end -}}
{{- define "m3game.alivePort" -}}20052{{- end -}}
