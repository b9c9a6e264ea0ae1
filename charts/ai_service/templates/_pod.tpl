{{/*
Pods of the service, of its canary and of its jobs. Each takes a dictionary: root (the chart's own context), track, and
image ({tag, digest}).
*/}}

{{- define "ai-service.podLabels" -}}
{{ include "ai-service.selectorLabels" .root }}
track: {{ .track }}
version: {{ include "ai-service.version" .image | quote }}
{{ include "ai-service.commonLabels" .root }}
app.kubernetes.io/version: {{ include "ai-service.version" .image | quote }}
{{- end }}

{{/*
Linkerd is asked for by annotations. Istio's sidecar is told to be there first, and at the end to wait for what is under way:
as long as the pod itself has.
*/}}
{{- define "ai-service.podAnnotations" -}}
{{- $drain := printf "%ds" (sub (int .Values.termination.gracePeriodSeconds) (int .Values.termination.drainSeconds)) -}}
{{- $proxy := dict
      "holdApplicationUntilProxyStarts" true
      "terminationDrainDuration" $drain
      "proxyMetadata" (dict "EXIT_ON_ZERO_ACTIVE_CONNECTIONS" "true") -}}
{{- $annotations := dict
      "linkerd" (dict "linkerd.io/inject" "enabled" "config.linkerd.io/default-inbound-policy" "deny")
      "istio_sidecar" (dict "proxy.istio.io/config" (toJson $proxy)) -}}
{{- merge (deepCopy .Values.podAnnotations) (get $annotations .Values.mesh.kind | default dict) | toYaml -}}
{{- end }}

{{- define "ai-service.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: {{ .Values.security.runAsUser | int64 }}
runAsGroup: {{ .Values.security.runAsGroup | int64 }}
fsGroup: {{ .Values.security.fsGroup | int64 }}
{{- /* A cache of many files is not walked through by each pod. */}}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "ai-service.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop:
    - ALL
{{- end }}

{{- define "ai-service.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{/* Environment variables; external names the Secret that External Secrets makes. */}}
{{- define "ai-service.env" -}}
{{- with .root.Values.database }}
{{- if .secretName }}
- name: DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ .secretName }}
      key: {{ .secretKey }}
{{- end }}
{{- end }}
{{- range .root.Values.externalSecrets.keys }}
{{- if .variable }}
- name: {{ .variable }}
  valueFrom:
    secretKeyRef:
      name: {{ $.external }}
      key: {{ .variable }}
{{- end }}
{{- end }}
{{- range .root.Values.secretEnv }}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ .secretName }}
      key: {{ .secretKey }}
{{- end }}
{{- range .root.Values.network.callees }}
- name: {{ .name | replace "-" "_" | upper }}_URL
  value: http://{{ .name }}.{{ .namespace }}.svc:{{ .port }}
{{- end }}
{{- if .root.Values.modelCache.command }}
- name: MODEL_CACHE_PATH
  value: {{ .root.Values.modelCache.path }}
{{- end }}
{{- range $name, $value := .root.Values.env }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- end }}

{{- define "ai-service.resources" -}}
requests:
  {{- toYaml .Values.resources.requests | nindent 2 }}
  {{- if gt (int .Values.gpu.count) 0 }}
  {{ .Values.gpu.resource }}: {{ .Values.gpu.count }}
  {{- end }}
limits:
  {{- toYaml .Values.resources.limits | nindent 2 }}
  {{- if gt (int .Values.gpu.count) 0 }}
  {{ .Values.gpu.resource }}: {{ .Values.gpu.count }}
  {{- end }}
{{- end }}

{{/* A program that runs once beside or before the service: it gets what the service has, but no GPU. */}}
{{- define "ai-service.onceResources" -}}
requests:
  {{- toYaml .Values.resources.requests | nindent 2 }}
limits:
  {{- toYaml .Values.resources.limits | nindent 2 }}
{{- end }}

{{- define "ai-service.volumeMounts" -}}
- name: scratch
  mountPath: /tmp
{{- if .Values.modelCache.command }}
- name: models
  mountPath: {{ .Values.modelCache.path }}
{{- end }}
{{- end }}

{{- define "ai-service.modelVolume" -}}
- name: models
  {{- if .Values.modelCache.shared }}
  persistentVolumeClaim:
    claimName: {{ include "ai-service.fullname" . }}-models
  {{- else }}
  ephemeral:
    volumeClaimTemplate:
      metadata:
        labels:
          {{- include "ai-service.commonLabels" . | nindent 10 }}
      spec:
        accessModes:
          - ReadWriteOnce
        {{- with .Values.modelCache.storageClass }}
        storageClassName: {{ . }}
        {{- end }}
        resources:
          requests:
            storage: {{ .Values.modelCache.size }}
  {{- end }}
{{- end }}

{{/* Where pods may run: GPU nodes for those with GPUs, of the model that was asked for. */}}
{{- define "ai-service.placement" -}}
{{- $selector := .Values.nodeSelector }}
{{- if gt (int .Values.gpu.count) 0 }}
{{- $selector = merge (deepCopy .Values.nodeSelector) .Values.gpu.nodeSelector }}
{{- end }}
{{- with $selector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if and (gt (int .Values.gpu.count) 0) .Values.gpu.model }}
affinity:
  nodeAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      nodeSelectorTerms:
        {{- range list "applied-ai.dev/gpu-model" "karpenter.k8s.aws/instance-gpu-name" }}
        - matchExpressions:
            - key: {{ . }}
              operator: In
              values:
                - {{ $.Values.gpu.model }}
        {{- end }}
{{- end }}
{{- if or .Values.tolerations (gt (int .Values.gpu.count) 0) }}
tolerations:
  {{- if gt (int .Values.gpu.count) 0 }}
  - key: {{ .Values.gpu.taintKey }}
    operator: Exists
    effect: NoSchedule
  {{- end }}
  {{- with .Values.tolerations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end }}

{{/* The pod template of the service and of its canary. */}}
{{- define "ai-service.podTemplate" -}}
{{- $root := .root -}}
{{- with .root -}}
metadata:
  labels:
    {{- include "ai-service.podLabels" $ | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with include "ai-service.podAnnotations" . | fromYaml }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "ai-service.serviceAccountName" . }}
  automountServiceAccountToken: {{ not (empty .Values.rbac.rules) }}
  {{- with include "ai-service.pullSecrets" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  terminationGracePeriodSeconds: {{ .Values.termination.gracePeriodSeconds }}
  securityContext:
    {{- include "ai-service.podSecurityContext" . | nindent 4 }}
  {{- if .Values.modelCache.command }}
  initContainers:
    - name: model-cache
      image: {{ include "ai-service.image" $ | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      command:
        {{- toYaml .Values.modelCache.command | nindent 8 }}
      securityContext:
        {{- include "ai-service.containerSecurityContext" . | nindent 8 }}
      env:
        {{- include "ai-service.env" (dict "root" $root "external" (include "ai-service.externalSecretName" .)) | trim | nindent 8 }}
      resources:
        {{- include "ai-service.onceResources" . | nindent 8 }}
      volumeMounts:
        {{- include "ai-service.volumeMounts" . | nindent 8 }}
  {{- end }}
  containers:
    - name: {{ include "ai-service.fullname" . }}
      image: {{ include "ai-service.image" $ | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      {{- with .Values.command }}
      command:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.args }}
      args:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        {{- include "ai-service.containerSecurityContext" . | nindent 8 }}
      ports:
        - name: http
          containerPort: {{ .Values.service.port }}
          protocol: TCP
      {{- with include "ai-service.env" (dict "root" $root "external" (include "ai-service.externalSecretName" .)) | trim }}
      env:
        {{- . | nindent 8 }}
      {{- end }}
      resources:
        {{- include "ai-service.resources" . | nindent 8 }}
      {{- with .Values.probes.startup }}
      startupProbe:
        httpGet:
          path: {{ .path }}
          port: http
        periodSeconds: {{ .periodSeconds }}
        timeoutSeconds: {{ .timeoutSeconds }}
        failureThreshold: {{ .failureThreshold }}
      {{- end }}
      {{- with .Values.probes.liveness }}
      livenessProbe:
        httpGet:
          path: {{ .path }}
          port: http
        initialDelaySeconds: {{ .initialDelaySeconds }}
        periodSeconds: {{ .periodSeconds }}
        timeoutSeconds: {{ .timeoutSeconds }}
        failureThreshold: {{ .failureThreshold }}
      {{- end }}
      {{- with .Values.probes.readiness }}
      readinessProbe:
        httpGet:
          path: {{ .path }}
          port: http
        initialDelaySeconds: {{ .initialDelaySeconds }}
        periodSeconds: {{ .periodSeconds }}
        timeoutSeconds: {{ .timeoutSeconds }}
        failureThreshold: {{ .failureThreshold }}
      {{- end }}
      lifecycle:
        preStop:
          sleep:
            seconds: {{ .Values.termination.drainSeconds }}
      volumeMounts:
        {{- include "ai-service.volumeMounts" . | nindent 8 }}
        {{- if include "ai-service.secretFiles" . }}
        - name: secrets
          mountPath: {{ .Values.externalSecrets.path }}
          readOnly: true
        {{- end }}
        {{- if eq .Values.workload.kind "StatefulSet" }}
        - name: data
          mountPath: {{ .Values.workload.storage.path }}
        {{- end }}
  volumes:
    - name: scratch
      emptyDir:
        sizeLimit: {{ .Values.scratch.sizeLimit }}
    {{- if .Values.modelCache.command }}
    {{- include "ai-service.modelVolume" . | nindent 4 }}
    {{- end }}
    {{- with include "ai-service.secretFiles" . | trim }}
    - name: secrets
      secret:
        secretName: {{ include "ai-service.externalSecretName" $root }}
        items:
          {{- . | nindent 10 }}
    {{- end }}
  {{- with include "ai-service.placement" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- if .Values.topologySpread.enabled }}
  topologySpreadConstraints:
    {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - topologyKey: {{ . }}
      maxSkew: 1
      whenUnsatisfiable: {{ $root.Values.topologySpread.whenUnsatisfiable }}
      labelSelector:
        matchLabels:
          {{- include "ai-service.selectorLabels" $root | nindent 10 }}
          track: {{ $.track }}
      {{- if eq $root.Values.workload.kind "Deployment" }}
      {{- /* Old and new pods of an update are spread each for themselves. */}}
      matchLabelKeys:
        - pod-template-hash
      {{- end }}
    {{- end }}
  {{- end }}
{{- end }}
{{- end }}
