{{/* The pod of an app. Of: root, func, app. */}}
{{- define "m3game.pod" -}}
{{- $values := .root.Values -}}
metadata:
  labels:
    {{- include "m3game.labels" . | nindent 4 }}
  annotations:
    # A change of the config starts the pods anew.
    checksum/config: {{ include "m3game.variables" . | sha256sum }}
    {{- with $values.secrets.values }}
    checksum/secrets: {{ toJson . | sha256sum }}
    {{- end }}
    {{- with .app.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "m3game.name" .root }}
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: {{ add $values.preStopSeconds $values.drainSeconds $values.stopSeconds }}
  {{- with $values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- include "m3game.podSecurity" . | nindent 4 }}
  topologySpreadConstraints:
    {{- $pod := . }}
    {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "m3game.selector" $pod | nindent 10 }}
    {{- end }}
  {{- $awaited := list }}
  {{- range $server := include "m3game.needed" . | fromJsonArray }}
  {{- if (index $values.infrastructure $server).enabled }}
  {{- $awaited = append $awaited (include "m3game.address" (dict "root" $pod.root "server" $server)) }}
  {{- end }}
  {{- end }}
  {{- with $awaited }}
  # The servers of this release start at the same time as its apps.
  initContainers:
    - name: servers
      image: {{ include "m3game.image" $pod.root | quote }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      command:
        - bash
        - -c
        - for server; do until timeout 1 bash -c "</dev/tcp/${server/:/\/}"; do sleep 1; done; done
        - servers
      args:
        {{- toYaml . | nindent 8 }}
      resources:
        {{- toYaml $pod.app.resources | nindent 8 }}
      securityContext:
        {{- include "m3game.containerSecurity" . | nindent 8 }}
  {{- end }}
  containers:
    - name: {{ .func }}
      image: {{ include "m3game.image" .root | quote }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      args:
        - run
        - {{ .app.file }}
        - -idstr
        - {{ printf "%s.%s.%s.$(POD_NAME)" $values.env $values.world .func }}
        - -conf
        - {{ .app.config }}
      env:
        - name: POD_NAME
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
        {{- range list "Router__router_consul__AliveHost" "Trans__trans_tcp__AdvertiseHost" "Trans__trans_http2__AdvertiseHost" "Metric__metric_prom__AdvertiseHost" }}
        - name: M3__Plugin__{{ . }}
          valueFrom:
            fieldRef:
              fieldPath: status.podIP
        {{- end }}
      envFrom:
        - configMapRef:
            name: {{ include "m3game.appName" . }}
        {{- with include "m3game.secretName" .root }}
        - secretRef:
            name: {{ . }}
        {{- end }}
      ports:
        - name: peer
          containerPort: {{ include "m3game.peerPort" . }}
        - name: grpc
          containerPort: {{ include "m3game.grpcPort" . }}
        - name: alive
          containerPort: {{ include "m3game.alivePort" . }}
        - name: metrics
          containerPort: {{ $values.metrics.port }}
        {{- range $port := include "m3game.clientPorts" . | fromJsonArray }}
        - name: {{ $port.name }}
          containerPort: {{ $port.port }}
        {{- end }}
      # Until it is ready for the first time: a start may wait for the session of the pod before it to end.
      startupProbe:
        grpc:
          port: {{ include "m3game.grpcPort" . }}
        periodSeconds: 2
        failureThreshold: 60
      readinessProbe:
        grpc:
          port: {{ include "m3game.grpcPort" . }}
        periodSeconds: 5
        timeoutSeconds: 3
        failureThreshold: 2
      # Says that the event loop turns. Not the health check: a pod that drains, or has lost a server, is not ready and must not be killed.
      livenessProbe:
        httpGet:
          path: /live
          port: metrics
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      lifecycle:
        preStop:
          sleep:
            seconds: {{ $values.preStopSeconds }}
      resources:
        {{- toYaml .app.resources | nindent 8 }}
      securityContext:
        {{- include "m3game.containerSecurity" . | nindent 8 }}
      volumeMounts:
        - name: tmp
          mountPath: /tmp
  volumes:
    - name: tmp
      emptyDir:
        sizeLimit: 64Mi
  {{- with .app.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .app.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
