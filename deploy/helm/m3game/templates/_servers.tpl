{{/* The servers that apps may need, and at which port one of this release is. */}}
{{- define "m3game.servers" -}}
consul: 8500
nats: 4222
etcd: 2379
redis: 6379
{{- end -}}

{{/* Of: root, server. */}}
{{- define "m3game.serverName" -}}
{{- printf "%s-%s" (include "m3game.name" .root) .server -}}
{{- end -}}

{{/* Of: root, server. */}}
{{- define "m3game.serverSelector" -}}
app.kubernetes.io/name: {{ .server }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end -}}

{{/* Of: root, server. */}}
{{- define "m3game.serverLabels" -}}
{{ include "m3game.serverSelector" . }}
app.kubernetes.io/part-of: {{ .root.Chart.Name }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{/* Where apps reach a server: one of this release, or those elsewhere. Of: root, server. */}}
{{- define "m3game.address" -}}
{{- $own := index .root.Values.infrastructure .server -}}
{{- if and $own.enabled $own.address -}}
{{- fail (printf "infrastructure.%s has an address and is enabled: unset address to run it in this release, or enabled to use the one at the address" .server) -}}
{{- else if and $own.enabled (or $own.tls $own.cluster) -}}
{{- fail (printf "infrastructure.%s: tls and cluster are of a server at an address, the one of this release has neither" .server) -}}
{{- else if $own.enabled -}}
{{- printf "%s:%v" (include "m3game.serverName" .) (index (include "m3game.servers" . | fromYaml) .server) -}}
{{- else if $own.address -}}
{{- $own.address -}}
{{- else -}}
{{- fail (printf "the apps need %s: set infrastructure.%s.address to where it is, or infrastructure.%s.enabled to true to run it in this release" .server .server .server) -}}
{{- end -}}
{{- end -}}

{{/* The servers that an app needs, as JSON. Of: app. */}}
{{- define "m3game.needed" -}}
{{- concat (list "consul" "nats") .app.uses | toJson -}}
{{- end -}}

{{/* How each of them runs and what tells its health; its data is in /data. */}}
{{- define "m3game.consul" -}}
command: [consul, agent]
args:
  - -server
  - -bootstrap-expect=1
  # It is alone, and so has no use for an address that changes with its pod.
  - -bind=127.0.0.1
  - -client=0.0.0.0
  - -data-dir=/data
  - -log-level=warn
  - -hcl=disable_update_check=true
  # As swift as Consul can be: there is no other member whose delays would have to be suffered.
  - -hcl=performance={raft_multiplier=1}
readinessProbe:
  # Fails without a leader.
  httpGet:
    path: /v1/catalog/services
    port: client
livenessProbe:
  httpGet:
    path: /v1/status/leader
    port: client
{{- end -}}

{{- define "m3game.nats" -}}
command: [nats-server]
args: [--jetstream, --store_dir=/data, --http_port=8222]
readinessProbe:
  httpGet:
    path: /healthz
    port: 8222
livenessProbe:
  httpGet:
    path: /healthz?js-enabled-only=true
    port: 8222
{{- end -}}

{{- define "m3game.etcd" -}}
command: [etcd]
args:
  - --data-dir=/data/etcd
  - --listen-client-urls=http://0.0.0.0:2379
  - --advertise-client-urls=http://{{ include "m3game.address" . }}
  - --auto-compaction-mode=periodic
  - --auto-compaction-retention=1h
readinessProbe:
  httpGet:
    path: /health
    port: client
livenessProbe:
  httpGet:
    path: /health?serializable=true
    port: client
{{- end -}}

{{- define "m3game.redis" -}}
command: [sh, -c]
# An empty password is none.
args: ['exec redis-server --dir /data --appendonly yes --protected-mode no --requirepass "$REDISCLI_AUTH"']
{{- with include "m3game.secretName" .root }}
env:
  # redis-cli takes it from there, too.
  - name: REDISCLI_AUTH
    valueFrom:
      secretKeyRef:
        name: {{ . }}
        key: M3__Plugin__DB__db_redis__Auth
        optional: true
{{- end }}
readinessProbe:
  exec:
    command: [redis-cli, -e, ping]
  timeoutSeconds: 3
livenessProbe:
  tcpSocket:
    port: client
{{- end -}}
