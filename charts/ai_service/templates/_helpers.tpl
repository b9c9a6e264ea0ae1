{{/* Name of the service: what the Deployment, the Service and the label `app` carry. */}}
{{- define "ai-service.fullname" -}}
{{- .Values.serviceName | default .Release.Name -}}
{{- end }}

{{/* The account that the pods run as. */}}
{{- define "ai-service.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (printf "%s-sa" (include "ai-service.fullname" .)) -}}
{{- end }}

{{/* The image that is rolled out, and the one beside it: repository, tag and digest as YAML. */}}
{{- define "ai-service.stableImage" -}}
{{- pick .Values.image "repository" "tag" "digest" | toYaml -}}
{{- end }}

{{- define "ai-service.canaryImage" -}}
{{- mergeOverwrite (dict "repository" .Values.image.repository) .Values.canary.image | toYaml -}}
{{- end }}

{{/* Repository with digest, else with tag, of a dictionary with image. */}}
{{- define "ai-service.image" -}}
{{- $repository := required "image.repository is not set: give the image's name without tag, as in registry.example.com/team/name" .image.repository -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $repository .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (required "image.tag and image.digest are both empty: set one of them, there is no default tag" .image.tag) -}}
{{- end -}}
{{- end }}

{{/* A label cannot hold a digest (71 characters, a colon): its first 12 digits stand for it. Takes {tag, digest}. */}}
{{- define "ai-service.version" -}}
{{- if .tag -}}
{{- .tag | trunc 63 | trimAll "-_." -}}
{{- else -}}
{{- .digest | trimPrefix "sha256:" | trunc 12 -}}
{{- end -}}
{{- end }}

{{- define "ai-service.externalSecretName" -}}
{{ include "ai-service.fullname" . }}-external
{{- end }}

{{/* The keys of that Secret that are files. */}}
{{- define "ai-service.secretFiles" -}}
{{- range .Values.externalSecrets.keys }}
{{- if .file }}
- key: {{ .file }}
  path: {{ .file }}
{{- end }}
{{- end }}
{{- end }}

{{/* The mesh's name of the service. */}}
{{- define "ai-service.host" -}}
{{ include "ai-service.fullname" . }}.{{ .Release.Namespace }}.svc.cluster.local
{{- end }}

{{- define "ai-service.isPublic" -}}
{{- if or .Values.network.public .Values.mesh.hosts }}true{{ end -}}
{{- end }}

{{- define "ai-service.usesWaypoint" -}}
{{- if and (eq .Values.mesh.kind "istio_ambient") .Values.mesh.waypoint }}true{{ end -}}
{{- end }}

{{/* Names of its Services: during a canary one for each track beside the common one. */}}
{{- define "ai-service.serviceNames" -}}
{{- $name := include "ai-service.fullname" . -}}
- {{ $name }}
{{- if .Values.canary.enabled }}
- {{ $name }}-stable
- {{ $name }}-canary
{{- end }}
{{- end }}

{{/* Never changed after the first release: a Deployment's selector is immutable. */}}
{{- define "ai-service.selectorLabels" -}}
app: {{ include "ai-service.fullname" . }}
{{- end }}

{{- define "ai-service.costLabels" -}}
service: {{ include "ai-service.fullname" . }}
{{- with .Values.team }}
team: {{ . }}
{{- end }}
{{- with .Values.environment }}
environment: {{ . }}
{{- end }}
{{- end }}

{{/* What all objects and pods of the service bear. */}}
{{- define "ai-service.commonLabels" -}}
app.kubernetes.io/name: {{ include "ai-service.fullname" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: {{ .Values.component }}
app.kubernetes.io/part-of: {{ .Values.partOf }}
{{ include "ai-service.costLabels" . }}
{{- end }}

{{/* Labels of an object; pods do without the last two, so that a new chart version alone restarts nothing. */}}
{{- define "ai-service.objectLabels" -}}
{{- $version := include "ai-service.version" .Values.image | quote -}}
{{ include "ai-service.selectorLabels" . }}
version: {{ $version }}
{{ include "ai-service.commonLabels" . }}
app.kubernetes.io/version: {{ $version }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* How fast an autoscaler goes up and down, whoever makes it. */}}
{{- define "ai-service.scalingBehavior" -}}
scaleDown:
  stabilizationWindowSeconds: 300
  policies:
    - type: Percent
      value: 50
      periodSeconds: 60
scaleUp:
  stabilizationWindowSeconds: 0
  policies:
    - type: Percent
      value: 100
      periodSeconds: 15
    {{- with .Values.autoscaling.scaleUpPods }}
    - type: Pods
      value: {{ . }}
      periodSeconds: 15
    {{- end }}
{{- end }}

{{/* What a schema cannot say. */}}
{{- define "ai-service.validate" -}}
{{- $name := include "ai-service.fullname" . -}}
{{- if not (regexMatch "^[a-z]([a-z0-9-]{0,57}[a-z0-9])?$" $name) -}}
{{- fail (printf "service name %q: use at most 59 lower-case letters, digits and hyphens, starting with a letter" $name) -}}
{{- end -}}
{{- $autoscaling := .Values.autoscaling -}}
{{- if and $autoscaling.enabled (gt (int $autoscaling.minReplicas) (int $autoscaling.maxReplicas)) -}}
{{- fail (printf "autoscaling.minReplicas %d is above autoscaling.maxReplicas %d: lower the one or raise the other" (int $autoscaling.minReplicas) (int $autoscaling.maxReplicas)) -}}
{{- end -}}
{{- if ge (int .Values.termination.drainSeconds) (int .Values.termination.gracePeriodSeconds) -}}
{{- fail (printf "termination.drainSeconds %d leaves no time to stop: it must be below termination.gracePeriodSeconds %d" (int .Values.termination.drainSeconds) (int .Values.termination.gracePeriodSeconds)) -}}
{{- end -}}
{{- if and (eq (toString .Values.rollout.maxSurge) "0") (eq (toString .Values.rollout.maxUnavailable) "0") -}}
{{- fail "rollout.maxSurge and rollout.maxUnavailable are both 0: no update could ever start, raise one of them" -}}
{{- end -}}
{{- range $key, $value := .Values.podLabels -}}
{{- if has $key (list "app" "track" "version" "service" "team" "environment") -}}
{{- fail (printf "podLabels.%s is the chart's own label: choose another key" $key) -}}
{{- end -}}
{{- end -}}
{{- range $key, $value := .Values.env -}}
{{- if not (regexMatch "^[A-Za-z_][A-Za-z0-9_]*$" $key) -}}
{{- fail (printf "env.%s is no name of an environment variable: use letters, digits and underscores" $key) -}}
{{- end -}}
{{- if regexMatch "(?i)(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_KEY|CREDENTIALS|DATABASE_URL)$" $key -}}
{{- fail (printf "env.%s looks like a secret: name the Secret that holds it in secretEnv instead" $key) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.canary.enabled (ne .Values.workload.kind "Deployment") -}}
{{- fail "canary.enabled needs workload.kind Deployment: two StatefulSets would not share their data" -}}
{{- end -}}
{{- if and .Values.canary.enabled (not (or .Values.canary.image.tag .Values.canary.image.digest)) -}}
{{- fail "canary.enabled needs canary.image.tag or canary.image.digest: there is no default tag" -}}
{{- end -}}
{{- $buckets := list 5 10 25 50 75 100 200 250 500 750 1000 2000 2500 5000 7500 10000 -}}
{{- with .Values.slo.latencyP95Milliseconds -}}
{{- if not (has (int .) $buckets) -}}
{{- fail (printf "slo.latencyP95Milliseconds %d is no bucket of http_request_duration_seconds: use one of %s" (int .) (join ", " $buckets)) -}}
{{- end -}}
{{- end -}}
{{- $seen := dict -}}
{{- if .Values.database.secretName -}}{{- $_ := set $seen "DATABASE_URL" "database" -}}{{- end -}}
{{- range $index, $key := .Values.externalSecrets.keys -}}
{{- if eq (empty $key.variable) (empty $key.file) -}}
{{- fail (printf "externalSecrets.keys[%d] (%s) needs either variable or file: say how the pods get it" $index $key.key) -}}
{{- end -}}
{{- with $key.variable -}}
{{- if hasKey $seen . -}}
{{- fail (printf "externalSecrets sets %s, which %s sets already: give it once" . (get $seen .)) -}}
{{- end -}}
{{- $_ := set $seen . "externalSecrets" -}}
{{- end -}}
{{- end -}}
{{- range .Values.secretEnv -}}
{{- if hasKey $seen .name -}}
{{- fail (printf "secretEnv sets %s, which %s sets already: give it once" .name (get $seen .name)) -}}
{{- end -}}
{{- $_ := set $seen .name "secretEnv" -}}
{{- end -}}
{{- range $key, $value := .Values.env -}}
{{- if hasKey $seen $key -}}
{{- fail (printf "env sets %s, which %s sets already: give it once" $key (get $seen $key)) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Pods that run once: they do not bear the label `app`, by which the service is found. */}}
{{- define "ai-service.jobSelector" -}}
service: {{ include "ai-service.fullname" .root }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "ai-service.jobLabels" -}}
app.kubernetes.io/name: {{ include "ai-service.fullname" .root }}-{{ .component }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/part-of: {{ .root.Values.partOf }}
app.kubernetes.io/component: {{ .component }}
{{ include "ai-service.costLabels" .root }}
{{- end }}

{{/* Who may call it, as SPIFFE names. Its smoke test runs as itself. */}}
{{- define "ai-service.callerIdentities" -}}
{{- $identities := .Values.mesh.scrapers -}}
{{- range .Values.network.callers -}}
{{- $identities = append $identities (printf "cluster.local/ns/%s/sa/%s" .namespace .serviceAccount) -}}
{{- end -}}
{{- if .Values.smokeTest.enabled -}}
{{- $identities = append $identities (printf "cluster.local/ns/%s/sa/%s" .Release.Namespace (include "ai-service.serviceAccountName" .)) -}}
{{- end -}}
{{- $identities | uniq | toYaml -}}
{{- end }}

{{/* Where a route leads, with the shares of a canary. */}}
{{- define "ai-service.backends" -}}
{{- $name := include "ai-service.fullname" . -}}
{{- if .Values.canary.enabled -}}
- name: {{ $name }}-stable
  port: {{ .Values.service.port }}
  weight: {{ sub 100 (int .Values.canary.weight) }}
- name: {{ $name }}-canary
  port: {{ .Values.service.port }}
  weight: {{ .Values.canary.weight }}
{{- else -}}
- name: {{ $name }}
  port: {{ .Values.service.port }}
{{- end -}}
{{- end }}

{{/* Linkerd is told by annotations how calls are tried again. */}}
{{- define "ai-service.serviceAnnotations" -}}
{{- $linkerd := dict
      "balancer.linkerd.io/failure-accrual" "consecutive"
      "retry.linkerd.io/http" "gateway-error"
      "retry.linkerd.io/limit" (toString .Values.mesh.attempts)
      "timeout.linkerd.io/request" .Values.mesh.timeout -}}
{{- merge (deepCopy .Values.service.annotations) (ternary $linkerd dict (eq .Values.mesh.kind "linkerd")) | toYaml -}}
{{- end }}
