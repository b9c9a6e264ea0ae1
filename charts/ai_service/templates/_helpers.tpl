{{/* Name of the service: what the Deployment, the Service and the label `app` carry. */}}
{{- define "ai-service.fullname" -}}
{{- .Values.serviceName | default .Release.Name -}}
{{- end }}

{{- define "ai-service.serviceAccountName" -}}
{{- .Values.serviceAccount.name | default (printf "%s-sa" (include "ai-service.fullname" .)) -}}
{{- end }}

{{/* Repository with digest, else with tag. */}}
{{- define "ai-service.image" -}}
{{- $repository := required "image.repository is not set: give the image's name without tag, as in registry.example.com/team/name" .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (required "image.tag and image.digest are both empty: set one of them, there is no default tag" .Values.image.tag) -}}
{{- end -}}
{{- end }}

{{/* A label cannot hold a digest (71 characters, a colon): its first 12 digits stand for it. */}}
{{- define "ai-service.version" -}}
{{- if .Values.image.tag -}}
{{- .Values.image.tag | trunc 63 | trimAll "-_." -}}
{{- else -}}
{{- .Values.image.digest | trimPrefix "sha256:" | trunc 12 -}}
{{- end -}}
{{- end }}

{{/* Never changed after the first release: a Deployment's selector is immutable. */}}
{{- define "ai-service.selectorLabels" -}}
app: {{ include "ai-service.fullname" . }}
{{- end }}

{{- define "ai-service.labels" -}}
{{ include "ai-service.selectorLabels" . }}
version: {{ include "ai-service.version" . | quote }}
app.kubernetes.io/name: {{ include "ai-service.fullname" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ include "ai-service.version" . | quote }}
app.kubernetes.io/component: {{ .Values.component }}
app.kubernetes.io/part-of: {{ .Values.partOf }}
service: {{ include "ai-service.fullname" . }}
{{- with .Values.team }}
team: {{ . }}
{{- end }}
{{- with .Values.environment }}
environment: {{ . }}
{{- end }}
{{- end }}

{{/* Labels of an object; pods do without these two, so that a new chart version alone restarts nothing. */}}
{{- define "ai-service.objectLabels" -}}
{{ include "ai-service.labels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
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
{{- if has $key (list "app" "version" "service" "team" "environment") -}}
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
{{- $seen := dict -}}
{{- if .Values.database.secretName -}}{{- $_ := set $seen "DATABASE_URL" "database" -}}{{- end -}}
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
